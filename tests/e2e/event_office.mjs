// The race office of a whole event: everything it does goes through REST.
import assert from 'node:assert/strict';

import { RaceOffice } from '../../tools/demo/race_office.mjs';
import { eventually } from './system.mjs';

const POLL_MS = 15;
export const LOOPS = [['Hill', 'D0000C01'], ['Corner 1', 'D0000C02'], ['Corner 2', 'D0000C03'], ['Finish', 'D0000C04']];

export class EventOffice extends RaceOffice {
  constructor(url, track) { super(url); this.track = track; }

  async raw(method, path, { body, headers } = {}) {
    const response = await fetch(this.url + path, { method, body, headers: { 'x-holeshot-actor': 'office', ...headers } });
    return { status: response.status, etag: response.headers.get('etag'), text: await response.text() };
  }
  csv(path, text) { return this.raw('POST', path, { body: text, headers: { 'content-type': 'text/csv' } }); }
  // A change of what was just read, so that nobody else's is overwritten.
  async change(path, fields) {
    const { etag } = await this.raw('GET', path);
    const headers = { 'content-type': 'application/json', ...(etag ? { 'if-match': etag } : {}) };
    const answer = await this.raw('PUT', path, { body: JSON.stringify(fields), headers });
    assert.equal(answer.status, 200, `PUT ${path}: ${answer.text}`);
    return JSON.parse(answer.text);
  }
  // What has to be refused, with this code.
  async refused(path, body, code) {
    const answer = await this.raw('POST', path, { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
    assert.equal(answer.status, 409, `POST ${path} -> ${answer.status} ${answer.text}`);
    if (code) assert.equal(JSON.parse(answer.text).code, code, answer.text);
  }

  async setUp(name) {
    await this.post('/api/tracks', { id: this.track, name: 'Zolder', gate_beacon_id: 9992 });
    const mappings = LOOPS.map(([loop, decoder_id], i) => ({ decoder_id, name: loop, is_finish: i === LOOPS.length - 1 }));
    await this.post(`/api/tracks/${this.track}/onboarding/loops`, { mappings });
    const { id } = await this.post('/api/events', { name, date: '2026-05-01', track_id: this.track });
    this.event = `/api/events/${id}`;
  }
  classPath(id) { return `${this.event}/classes/${id}`; }

  // An intent of the race; the engine's yes, with the intent's id, or an error.
  async rule(what, moto, fields = {}) {
    const answer = await this.post(`/api/race/${what}`, { track_id: this.track, moto_id: moto, ...fields });
    if (answer.accepted !== true) throw new Error(`${what}: the engine has not answered: ${JSON.stringify(answer)}`);
    return answer.intent_id;
  }
  putOnGate(moto) { return this.rule('stage', moto); }

  async onTrack(moto) {
    const { snapshot } = await this.get(`/api/race/state?track_id=${this.track}`);
    return snapshot?.motos?.find((one) => one.moto_id === moto) ?? null;
  }
  gateDropped(moto) {
    return eventually(async () => (await this.moto(moto)).status !== 'staged', `the gate of ${moto}`, 30_000, POLL_MS);
  }
  // Until everybody was seen at the loop where he will be seen last: [rider_id, loop name]...
  arrived(moto, last_seen) {
    return eventually(async () => {
      const race = await this.onTrack(moto);
      if (race === null || race.phase === 'finished') return (await this.moto(moto)).status === 'finished';
      return last_seen.every(([rider, loop]) => race.positions.some((p) => p.rider_id === rider && p.last_loop === loop));
    }, `riders of ${moto} at ${JSON.stringify(last_seen)}`, 30_000, POLL_MS);
  }
}

const RULING_PATHS = { dsq: 'dsq', rel: 'rel', dnf: 'dnf', dns: 'dns', time: 'time', place: 'place', photo: 'photo-finish' };

// Says it to the engine and notes it. {what:'undo'} takes the last word back.
export async function rule(office, gate, one) {
  if (one.what === 'undo') {
    const last = gate.said.at(-1);
    if (!last) return;
    await office.rule('undo', gate.moto_id, { undoes: last.intent });
    last.undone = true;
    return;
  }
  const { what, protest, wish, ...fields } = one;
  const intent = await office.rule(RULING_PATHS[what], gate.moto_id, { ...fields, reason: 'the judges saw it' });
  gate.said.push({ ...one, intent });
}
