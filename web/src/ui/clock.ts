// The race clock. It runs on the server's time from the gate's stamp, writes only when the tenth changes, sleeps when
// there is nothing to run, and stops where it is when the data stops: a clock that runs on alone would be a lie.

import { formatClock } from "../board/format";
import type { ClockFace } from "../board/scene";
import { h, setAttr, setText } from "./dom";

/** The four lamps of a start gate: red while the riders stand, green from the drop. */
export function lights(): HTMLElement {
  return h("span", { class: "lights", "aria-hidden": "true" }, h("i"), h("i"), h("i"), h("i"));
}

export class ClockView {
  private readonly digits = h("span", { class: "clock-digits" });
  private readonly label = h("span", { class: "clock-label" });
  readonly root = h("div", { class: "clock", role: "timer", "aria-live": "off" }, this.digits, lights(), this.label);
  private face: ClockFace = { kind: "none" };
  private live = false;
  private frame = 0;

  constructor(private readonly serverNowUs: () => number) {}

  update(face: ClockFace, live: boolean, idleLabel: string): void {
    this.face = face;
    this.live = live;
    setAttr(this.root, "data-clock", face.kind);
    setAttr(this.root, "data-held", face.kind === "running" && !live ? "" : null);
    if (face.kind === "stopped") setText(this.digits, face.text);
    if (face.kind === "none") setText(this.digits, "0.0");
    setText(this.label, this.labelOf(idleLabel));
    if (face.kind === "running" && live) this.run();
  }

  private labelOf(idle: string): string {
    if (this.face.kind === "stopped") return "Winner";
    if (this.face.kind === "none") return idle;
    return this.live ? "" : "Held";
  }

  private run(): void {
    if (this.frame !== 0) return;
    const step = (): void => {
      this.frame = 0;
      if (this.face.kind !== "running" || !this.live) return;
      setText(this.digits, formatClock(this.serverNowUs() - this.face.gateDropUs));
      this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
  }
}
