// Shows bench lines (JSON objects on stdin) as a table for people.
import { createInterface } from 'node:readline';

const short = (n) =>
  n === undefined || n === null ? '' : Math.abs(n) >= 1e6 ? `${(n / 1e6).toFixed(2)} M` : Math.abs(n) >= 1e4 ? `${(n / 1e3).toFixed(1)} k` : String(Number(n.toPrecision(4)));
const line = (...c) => console.log(c[0].padEnd(34), c[1].padStart(12), c[2].padEnd(12), c[3].padStart(12), c[4].padEnd(34), c[5].padStart(8));
line('name', 'value', 'unit', 'floor', 'floor is', 'ratio');
for await (const text of createInterface({ input: process.stdin })) {
  if (!text.startsWith('{')) continue;
  const b = JSON.parse(text);
  line(b.name, short(b.value), b.unit ?? '', short(b.floor), b.floor_name ?? '', b.ratio === undefined || b.ratio === null ? '' : Number(b.ratio).toFixed(3));
}
