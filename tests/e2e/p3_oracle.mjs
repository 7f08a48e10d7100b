// A second reading of P3, written from docs/p3.md and sharing nothing with common/p3: what the end-to-end tests hold the
// system against. It is slow and plain on purpose.

const SOR = 0x8e, EOR = 0x8f, ESC = 0x8d;

// Section 4: the byte enters at the bottom of the register, bit by bit, no table.
export function crc16(bytes) {
  let reg = 0xffff;
  for (const b of bytes) {
    for (let bit = 7; bit >= 0; --bit) {
      const out = reg & 0x8000;
      reg = ((reg << 1) & 0xffff) | ((b >> bit) & 1);
      if (out) reg ^= 0x1021;
    }
  }
  return reg;
}

function unescape(wire) {
  const out = [SOR];
  for (let i = 1; i < wire.length - 1; ++i) {
    if (wire[i] !== ESC) { out.push(wire[i]); continue; }
    const next = wire[++i];
    if (next < 0xaa || next > 0xaf || i >= wire.length - 1) return null;
    out.push(next - 0x20);
  }
  out.push(EOR);
  return Uint8Array.from(out);
}

function tlvs(frame) {
  const fields = [];
  let at = 10;
  const end = frame.length - 1;
  while (at < end) {
    if (at + 2 > end) break;
    const length = frame[at + 1];
    if (at + 2 + length > end) break;  // the rest is no field; `raw` keeps it
    fields.push({ tag: frame[at], value: frame.subarray(at + 2, at + 2 + length) });
    at += 2 + length;
  }
  return fields;
}

function verify(wire) {
  const frame = unescape(wire);
  if (!frame || frame.length < 11) return null;
  // LENGTH is not asked: two frames of the captures carry a wrong one under a right CRC, and what passed its CRC is kept.
  const zeroed = Uint8Array.from(frame);
  zeroed[4] = zeroed[5] = 0;
  if (crc16(zeroed) !== (frame[4] | (frame[5] << 8))) return null;
  const fields = tlvs(frame);
  return { wire, tor: frame[8] | (frame[9] << 8), flags: frame[6] | (frame[7] << 8), fields };
}

// Every frame of the bytes that is whole and true, in order. What is not is skipped and its neighbours stay.
export function frames(bytes) {
  const found = [];
  let start = -1;
  for (let i = 0; i < bytes.length; ++i) {
    if (bytes[i] === SOR) start = i;
    if (bytes[i] !== EOR || start < 0) continue;
    const frame = verify(bytes.subarray(start, i + 1));
    if (frame) found.push(frame);
    start = -1;
  }
  return found;
}

const NAMES = new Map([
  [0x0000, 'RESET'], [0x0001, 'PASSING'], [0x0002, 'STATUS'], [0x0003, 'VERSION'], [0x0004, 'RESEND'],
  [0x0005, 'CLEAR_PASSING'], [0x0012, 'AUX_SETTINGS'], [0x0013, 'SERVER_SETTINGS'], [0x0015, 'SESSION'],
  [0x0016, 'NETWORK_SETTINGS'], [0x0018, 'WATCHDOG'], [0x0020, 'PING'], [0x0024, 'GET_TIME'],
  [0x0028, 'GENERAL_SETTINGS'], [0x002d, 'SIGNALS'], [0x002f, 'LOOP_TRIGGER'], [0x0030, 'GPS_INFO'],
  [0x0045, 'FIRST_CONTACT'], [0x004a, 'TIMELINE'], [0xffff, 'ERROR'],
]);
export const name = (tor) => NAMES.get(tor) ?? `TOR_${tor.toString(16).toUpperCase().padStart(4, '0')}`;

const hex = (b) => Buffer.from(b).toString('hex');
const text = (b) => Buffer.from(b).toString('utf8');
const number = (b) => { let n = 0n; for (let i = b.length - 1; i >= 0; --i) n = (n << 8n) | BigInt(b[i]); return Number(n); };
const signed = (b) => { const n = number(b); const top = 2 ** (8 * b.length); return n >= top / 2 ? n - top : n; };

// Tag -> [field of the payload, reader], for the records whose payload the contract fixes by name.
const FIELDS = {
  PASSING: {
    0x01: ['passing_number', number], 0x03: ['transponder_id', number], 0x04: ['rtc_time_us', number],
    0x10: ['utc_time_us', number], 0x05: ['strength', number], 0x06: ['hits', number], 0x08: ['flags', number],
    0x0a: ['transponder_string', text],
  },
  STATUS: {
    0x01: ['noise', number], 0x06: ['gps_status', number], 0x07: ['temperature', signed], 0x0a: ['satellites', number],
    0x0c: ['input_voltage_dv', number],
  },
  VERSION: { 0x02: ['description', text], 0x03: ['version', text], 0x0a: ['build', number] },
};

// The fields that a payload must hold for this frame, as P3.md reads it.
export function expected(frame) {
  const type = name(frame.tor);
  const payload = { message_type: type, raw: hex(frame.wire) };
  for (const { tag, value } of frame.fields) {
    if (tag === 0x81 && value.length === 4) payload.decoder_id = hex(value).toUpperCase();
    const known = FIELDS[type]?.[tag];
    if (known && value.length > 0) payload[known[0]] = known[1](value);
  }
  return payload;
}
