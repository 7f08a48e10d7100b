// A race office that needs no hands: stages motos over REST and waits for their results, as a person would.
// Used by ./dev run and by the race-day test.

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class RaceOffice {
  constructor(url) { this.url = url; }

  async call(method, path, body) {
    const response = await fetch(this.url + path, {
      method, headers: { 'content-type': 'application/json', 'x-holeshot-actor': 'demo' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    const json = text ? JSON.parse(text) : null;
    if (!response.ok) throw Object.assign(new Error(`${method} ${path}: ${response.status} ${json?.detail ?? text}`), { status: response.status, problem: json });
    return json;
  }
  get(path) { return this.call('GET', path); }
  post(path, body = {}) { return this.call('POST', path, body); }

  // The items of a list, whether the answer is a bare array or a page of one.
  async list(path) {
    const answer = await this.get(path);
    return Array.isArray(answer) ? answer : answer.items;
  }

  seed() { return this.post('/api/seed-demo'); }
  motos(event) { return this.list(`/api/events/${event}/motos`); }
  moto(id) { return this.get(`/api/motos/${id}`); }
  stage(moto, track) { return this.post('/api/race/stage', { moto_id: moto, track_id: track }); }

  // A class of `count` new riders with consecutive transponders, drawn into motos.
  async addClass(event, name, transponder, count = 8) {
    const { id } = await this.post(`/api/events/${event}/classes`, { name, race_format: 'motos_only', scoring: 'total_points' });
    for (let i = 0; i < count; ++i) {
      const rider = await this.post('/api/riders', {
        first_name: `Rider ${i + 1}`, last_name: name, plate_number: String(100 + i), transponder_id: transponder + i,
      });
      await this.post(`/api/events/${event}/classes/${id}/riders`, { rider_id: rider.id });
    }
    await this.post(`/api/events/${event}/classes/${id}/generate-motos`);
    return id;
  }

  // Resolves with the moto once it has the wanted status.
  async until(moto, status, limit_ms) {
    const deadline = Date.now() + limit_ms;
    for (;;) {
      const now = await this.moto(moto);
      if (now.status === status) return now;
      if (Date.now() > deadline) throw new Error(`moto ${moto} is ${now.status}, not ${status}, after ${limit_ms} ms`);
      await sleep(100);
    }
  }
}

// "7000001,7000004,...": the transponders of a moto in lane order, as the simulator's gate command takes them.
export const gateOrder = (moto) =>
  [...moto.entries].sort((a, b) => a.lane - b.lane).map((e) => e.rider.transponder_id).join(',');
