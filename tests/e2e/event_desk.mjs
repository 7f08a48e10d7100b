// The results desk: provisional, protests, official; exports. And what REST has of the whole day.
import assert from 'node:assert/strict';

import { homeOrder } from './event_judge.mjs';
import { rule } from './event_office.mjs';

export class EventDesk {
  constructor(office, day, say) { Object.assign(this, { office, day, say }); }

  results(its) { return `${this.office.classPath(its.id)}/results`; }
  mainOf(name) { return this.day.record.gates.findLast((gate) => gate.class_name === name && gate.round === 'main'); }

  async official(its) { return this.office.post(`${this.results(its)}/official`); }

  // The protest time runs: official is refused. A finish changes: official is refused until it is published again.
  async withProtest(its) {
    const path = this.results(its);
    const published = await this.office.post(`${path}/provisional`, { protest_minutes: 15 });
    assert.equal(published.state, 'provisional');
    await this.office.refused(`${path}/official`, {});
    const main = this.mainOf(its.name);
    const home = homeOrder(main);
    await rule(this.office, main, { what: 'place', rider_id: home[2], place: 1, protest: true });
    const changed = await this.office.get(path);
    assert.equal(changed.changed_since, true, 'the protest changed the result');
    await this.office.refused(`${path}/official`, { overrule: true, reason: 'nobody else protests' });
    const again = await this.office.post(`${path}/provisional`, { protest_minutes: 15, reason: 'protest of the third' });
    const { corrections } = again.history.at(-1);
    assert.ok(corrections.some((c) => c.rider_id === home[2] && c.before.rank === 3 && c.after.rank === 1), 'the correction is in the history');
    return this.office.post(`${path}/official`, { overrule: true, reason: 'nobody else protests' });
  }

  // Official, then opened again with a reason: a rider turns out to have blocked another.
  async reopened(its) {
    const path = this.results(its);
    await this.office.post(`${path}/provisional`, { protest_minutes: 0 });
    await this.official(its);
    await this.office.refused(`${path}/provisional`, {});
    await this.office.post(`${path}/reopen`, { reason: 'the film shows it' });
    const main = this.mainOf(its.name);
    await rule(this.office, main, { what: 'dsq', rider_id: homeOrder(main)[1], protest: true });
    await this.office.post(`${path}/provisional`, { protest_minutes: 0, reason: 'disqualified by the film' });
    return this.official(its);
  }

  async publish() {
    const published = {};
    for (const its of this.day.record.classes) {
      if (its.name === 'Women') published[its.id] = await this.withProtest(its);
      else if (its.name === 'Girls 8') published[its.id] = await this.reopened(its);
      else {
        await this.office.post(`${this.results(its)}/provisional`, { protest_minutes: 0 });
        published[its.id] = await this.official(its);
      }
      assert.equal(published[its.id].state, 'official', its.name);
    }
    this.say(`${Object.keys(published).length} classes official`);
    return this.seen();
  }

  async seen() {
    const { office } = this;
    const list = await office.list(`${office.event}/motos`);
    const motos = {};
    for (const { id } of list) motos[id] = await office.moto(id);
    const csv = await office.raw('GET', `${office.event}/results?format=csv`);
    return {
      motos, results: await office.get(`${office.event}/results`), standings: await office.get(`${office.event}/standings`), csv: csv.text,
    };
  }
}
