// A viewer for tests: RFC 6455 as far as a client needs it, over node:net, sharing nothing with central/live.
import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';

export class LiveClient {
  // Resolves once the handshake is done; `onEnvelope` gets every parsed server envelope in order, and `onFrame` every text
  // (a string) and binary (bytes) frame as it came.
  static connect(port, query, onEnvelope = () => {}, path = '/ws/v1/live', onFrame = () => {}) {
    return new Promise((resolve, reject) => {
      const encoding = /encoding=binary/.test(query) ? 'binary' : 'json';
      const key = randomBytes(16).toString('base64');
      const socket = connect(port, '127.0.0.1');
      const client = new LiveClient(socket, onEnvelope, onFrame);
      socket.setNoDelay(true);
      socket.on('error', reject);
      socket.write(`GET ${path}?${query} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: holeshot.v1.${encoding}\r\n\r\n`);
      let head = Buffer.alloc(0);
      const onHead = (data) => {
        head = Buffer.concat([head, data]);
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        socket.off('data', onHead);
        const text = head.subarray(0, end).toString();
        const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
        if (!text.startsWith('HTTP/1.1 101') || !text.includes(accept)) { reject(new Error(`no upgrade: ${text.split('\r\n')[0]}`)); return; }
        socket.on('data', (more) => client.take(more));
        client.take(head.subarray(end + 4));
        resolve(client);
      };
      socket.on('data', onHead);
    });
  }

  constructor(socket, onEnvelope, onFrame) {
    this.socket = socket;
    this.onEnvelope = onEnvelope;
    this.onFrame = onFrame;
    this.envelopes = [];
    this.rest = Buffer.alloc(0);
    this.closed = new Promise((resolve) => socket.on('close', () => resolve(this.closeCode ?? null)));
  }

  take(data) {
    this.rest = this.rest.length ? Buffer.concat([this.rest, data]) : data;
    for (;;) {
      if (this.rest.length < 2) return;
      let length = this.rest[1] & 0x7f, at = 2;
      if (length === 126) { if (this.rest.length < 4) return; length = this.rest.readUInt16BE(2); at = 4; }
      else if (length === 127) { if (this.rest.length < 10) return; length = Number(this.rest.readBigUInt64BE(2)); at = 10; }
      if (this.rest.length < at + length) return;
      const opcode = this.rest[0] & 0x0f, payload = this.rest.subarray(at, at + length);
      this.rest = this.rest.subarray(at + length);
      if (opcode === 1) {
        const text = payload.toString(), envelope = JSON.parse(text);
        this.envelopes.push(envelope);
        this.onFrame(text);
        this.onEnvelope(envelope);
      } else if (opcode === 2) this.onFrame(Buffer.from(payload));
      else if (opcode === 8) { this.closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : 1005; this.send(8, payload); this.socket.end(); }
      else if (opcode === 9) this.send(10, payload);
    }
  }

  send(opcode, payload) {
    const body = Buffer.from(payload), mask = randomBytes(4);
    const head = body.length < 126 ? Buffer.from([0x80 | opcode, 0x80 | body.length]) : Buffer.from([0x80 | opcode, 0x80 | 126, body.length >> 8, body.length & 255]);
    for (let i = 0; i < body.length; ++i) body[i] ^= mask[i % 4];
    if (!this.socket.destroyed) this.socket.write(Buffer.concat([head, mask, body]));
  }
  text(message) { this.send(1, typeof message === 'string' ? message : JSON.stringify(message)); }
  async close() { this.send(8, Buffer.from([0x03, 0xe8])); this.socket.end(); return this.closed; }
}
