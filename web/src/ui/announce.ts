// The words for those who listen instead of look: a new gate, the drop, each finish, the result. From one scene to the
// next, so that nothing is said twice.

import type { Row, Scene } from "../board/scene";

export function announcement(before: Scene | null, after: Scene): string {
  const said: string[] = [];
  const sameMoto = before?.motoId === after.motoId;
  if (!sameMoto || before?.mode !== after.mode) said.push(phaseWords(after));
  if (after.mode === "race" && sameMoto) {
    const known = new Set(before?.rows.filter((row) => row.finished).map((row) => row.riderId));
    said.push(...after.rows.filter((row) => row.finished && !known.has(row.riderId)).map(finishWords));
  }
  return said.filter(Boolean).join(" ");
}

function phaseWords(scene: Scene): string {
  const name = [scene.title, scene.round].filter(Boolean).join(", ");
  if (scene.mode === "gate") return `On the gate: ${name}.`;
  if (scene.mode === "race") return `Gate drop: ${name}.`;
  if (scene.mode !== "result") return "";
  const first = scene.rows.filter((row) => row.position !== null && row.position <= 3).map(finishWords);
  return `Result of ${name}: ${first.join(" ")}`;
}

function finishWords(row: Row): string {
  const name = [row.firstName, row.lastName].filter(Boolean).join(" ") || `plate ${row.plate}`;
  return `${row.place}. ${name}, ${row.time}.`;
}
