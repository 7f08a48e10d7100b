// A live board in a terminal:   node examples/board.mjs https://timing.example zolder
import { subscribe } from "@holeshot/live";

const [url, track] = process.argv.slice(2);
const live = subscribe({ url, track });

live.on("picture", ({ motos, complete }) => {
  const rows = (motos[0]?.positions ?? []).map((row) => `${row.position}. ${row.plate_number}`);
  console.log(complete ? "live " : "stale", motos[0]?.className ?? "nobody on the gate", motos[0]?.phase ?? "", rows.join("  "));
});
live.onGap(({ expected, got }) => console.log(`gap: ${expected} to ${got}, asking again`));
live.onTampered(({ reason }) => console.log(`refused a forged frame: ${reason}`));
