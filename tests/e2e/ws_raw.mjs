// WebSocket frames as no library would send them, and what a server says to them. Shares nothing with central/live.
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';

export const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

// One client frame. Everything can be wrong: `rsv`, `opcode`, `fin`, no mask, a length that is written too long or that lies.
export function frame(opcode, payload = '', { fin = true, rsv = 0, masked = true, lengthBytes, claims } = {}) {
  const data = Buffer.from(payload);
  const size = BigInt(claims ?? data.length);
  const width = lengthBytes ?? (size < 126n ? 0 : size < 65536n ? 2 : 8);
  const head = [(fin ? 0x80 : 0) | (rsv << 4) | opcode, (masked ? 0x80 : 0) | (width === 0 ? Number(size) : width === 2 ? 126 : 127)];
  for (let i = width - 1; i >= 0; i -= 1) head.push(Number((size >> BigInt(8 * i)) & 0xffn));
  if (!masked) return Buffer.concat([Buffer.from(head), data]);
  const mask = randomBytes(4);
  return Buffer.concat([Buffer.from(head), mask, data.map((byte, i) => byte ^ mask[i % 4])]);
}

export const closeFrame = (code, reason = Buffer.alloc(0)) =>
  frame(8, Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]));

export const request = (target, lines = {}, { method = 'GET', version = 'HTTP/1.1' } = {}) => {
  const headers = { Host: 'x', Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Key': KEY, 'Sec-WebSocket-Version': '13', ...lines };
  const given = Object.entries(headers).filter(([, value]) => value !== null).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${target} ${version}\r\n${given.join('')}\r\n`;
};

// A connection on which anything may be sent. `end` resolves with all that the server said, once it has hung up.
export class RawSocket {
  static open(port) {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      socket.once('error', reject);
      socket.once('connect', () => resolve(new RawSocket(socket)));
    });
  }
  constructor(socket) {
    this.socket = socket;
    this.held = Buffer.alloc(0);
    this.over = false;
    this.waiters = [];
    socket.setNoDelay(true);
    socket.on('data', (data) => { this.held = Buffer.concat([this.held, data]); this.wake(); });
    for (const event of ['end', 'close', 'error']) socket.on(event, () => { this.over = true; this.wake(); });
  }
  wake() { for (const waiter of this.waiters.splice(0)) waiter(); }
  send(bytes) { this.socket.write(bytes); return this; }
  async until(found) {
    const limit = setTimeout(() => { this.late = true; this.wake(); }, 20_000);
    try {
      for (;;) {
        const value = found();
        if (value !== null) return value;
        if (this.over || this.late) return null;
        await new Promise((resolve) => this.waiters.push(resolve));
      }
    } finally { clearTimeout(limit); }
  }
  head() {
    return this.until(() => {
      const end = this.held.indexOf('\r\n\r\n');
      if (end < 0) return null;
      const text = this.held.subarray(0, end + 4).toString();
      this.held = this.held.subarray(end + 4);
      return text;
    });
  }
  // The next frame of the server: {opcode, data}; null where it hangs up first.
  frame() {
    return this.until(() => {
      if (this.held.length < 2) return null;
      const short = this.held[1] & 0x7f;
      const header = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (this.held.length < header) return null;
      const size = short < 126 ? short : short === 126 ? this.held.readUInt16BE(2) : Number(this.held.readBigUInt64BE(2));
      if (this.held.length < header + size) return null;
      const whole = { opcode: this.held[0] & 0x0f, masked: (this.held[1] & 0x80) !== 0, data: this.held.subarray(header, header + size) };
      this.held = this.held.subarray(header + size);
      return whole;
    });
  }
  // What the connection is closed with, after anything else; null where the server just hangs up.
  async closeCode() {
    for (;;) {
      const next = await this.frame();
      if (next === null) return null;
      if (next.opcode === 8) return next.data.length < 2 ? 1005 : next.data.readUInt16BE(0);
    }
  }
  async ended() {
    this.socket.end();
    return (await this.until(() => (this.over ? true : null))) === true;
  }
  destroy() { this.socket.destroy(); }
}
