// The network and the central that one meets on a bad day, between a gateway and a real central: every answer of the
// contract's table, cut and slow lines, login pages.
import http from 'node:http';

const problem = (status, code, title, extra = {}) => ({
  status, headers: { 'Content-Type': 'application/problem+json' },
  body: JSON.stringify({ type: 'about:blank', title, error: title, status, code, detail: title, ...extra }),
});

// What a fault answers instead of central. `slow`, `cut_*`, `lost_reply` and `stall` are lines, the rest are answers.
export const ANSWERS = {
  s400_unsupported: () => problem(400, 'unsupported_contract', 'not this contract'),
  s401: () => problem(401, 'bad_signature', 'signature is wrong', { server_time_us: Date.now() * 1000 }),
  s403: () => problem(403, 'wrong_track', 'not for this track'),
  s409: () => problem(409, 'txn_conflict', 'same transaction, other body'),
  s413: () => problem(413, 'too_large', 'too large'),
  s429: () => ({ ...problem(429, 'too_many', 'too many'), headers: { 'Content-Type': 'application/problem+json', 'Retry-After': '1' } }),
  s500: () => problem(500, 'internal', 'something broke'),
  s502: () => ({ status: 502, headers: { 'Content-Type': 'text/html' }, body: '<h1>Bad Gateway</h1>' }),
  s503: () => ({ ...problem(503, 'log_unavailable', 'not now'), headers: { 'Content-Type': 'application/problem+json', 'Retry-After': '1' } }),
  html200: () => ({ status: 200, headers: { 'Content-Type': 'text/html' }, body: '<html>Welcome to FreeWifi, please log in</html>' }),
  portal302: () => ({ status: 302, headers: { Location: 'http://login.venue.example/' }, body: '' }),
  wrong_json: () => ({ status: 200, headers: { 'Content-Type': 'application/json' }, body: '{"accepted":1,"duplicates":0' }),
  wrong_sum: () => ({ status: 200, headers: { 'Content-Type': 'application/json' }, body: '{"accepted":99999,"duplicates":0,"rejected":[],"server_time_us":1}' }),
};
export const LINES = ['slow', 'cut_before', 'cut_after', 'lost_reply', 'half_reply', 'stall', 'refuse'];

export class FaultProxy {
  constructor(target) { this.target = new URL(target); this.mode = 'pass'; this.sockets = new Set(); this.seen = 0; }
  async listen() {
    this.server = http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => this.serve(request, response));
    this.server.on('connection', (socket) => {
      if (this.mode === 'refuse') { socket.destroy(); return; }
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => {});
    });
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
  }
  set(mode) {
    this.mode = mode;
    if (mode === 'refuse' || mode === 'pass') for (const socket of this.sockets) if (mode === 'refuse' || socket.held) socket.destroy();
  }
  serve(request, response) {
    const parts = [];
    const mode = this.mode;
    ++this.seen;
    request.on('error', () => {});
    if (mode === 'cut_before') { request.socket.destroy(); return; }
    request.on('data', (part) => parts.push(part));
    request.on('end', () => this.answer(mode, request, Buffer.concat(parts), response));
  }
  answer(mode, request, body, response) {
    if (ANSWERS[mode]) {
      const { status, headers, body: text } = ANSWERS[mode]();
      response.writeHead(status, headers).end(text);
    } else if (mode === 'stall') {
      request.socket.held = true;
    } else if (mode === 'cut_after') {
      request.socket.destroy();
    } else {
      this.forward(mode, request, body, response);
    }
  }
  forward(mode, request, body, response) {
    const passed = http.request({ host: this.target.hostname, port: this.target.port, path: request.url, method: request.method, headers: request.headers }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => this.reply(mode, answer, Buffer.concat(parts), request, response));
    });
    passed.on('error', () => request.socket.destroy());
    const delay = mode === 'slow' ? 300 : 0;
    setTimeout(() => passed.end(body), delay);
  }
  reply(mode, answer, body, request, response) {
    if (mode === 'lost_reply') { request.socket.destroy(); return; }
    const headers = { ...answer.headers, 'content-length': body.length };
    delete headers['transfer-encoding'];
    response.writeHead(answer.statusCode, headers);
    if (mode === 'half_reply') {
      response.write(body.subarray(0, body.length >> 1), () => request.socket.destroy());
      return;
    }
    response.end(body);
  }
  close() { for (const socket of this.sockets) socket.destroy(); this.server.close(); }
}
