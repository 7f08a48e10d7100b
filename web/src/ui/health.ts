// The track's health: when a rider last crossed a loop, when the decoders last spoke, how noisy each loop is.

import { formatCount } from "../board/format";
import { kNoiseHigh, loopView, newestStatusUs, passingText, statusLamp, type LoopView } from "../board/freshness";
import type { BoardState } from "../board/state";
import { h, KeyedList, setAttr, setText, spoken, type KeyedView } from "./dom";

/** The noise bar's full length; decoders seldom tell more. */
const kNoiseFull = 120;

class LoopRow implements KeyedView<LoopView> {
  private readonly lamp = h("i", { class: "lamp", "aria-hidden": "true" });
  private readonly name = h("span", { class: "loop-title" });
  private readonly noise = h("span", { class: "noise-value" });
  private readonly bar = h("i");
  private readonly age = h("span", { class: "loop-age" });
  readonly root = h("li", { class: "loop-row" });

  constructor() {
    const bar = h("span", { class: "noise-bar", "aria-hidden": "true" }, this.bar);
    bar.style.setProperty("--mark", `${(100 * kNoiseHigh) / kNoiseFull}%`);
    this.root.append(this.lamp, this.name, this.age, h("span", { class: "noise" }, bar, spoken("noise "), this.noise));
  }

  update(loop: LoopView): void {
    setAttr(this.root, "data-level", loop.lamp.level);
    setAttr(this.root, "data-noisy", loop.noisy ? "" : null);
    setAttr(this.root, "title", loop.extra || null);
    setText(this.name, loop.name);
    setText(this.age, loop.age);
    setText(this.noise, loop.noise === null ? "–" : String(Math.round(loop.noise)));
    const share = Math.min(100, (100 * (loop.noise ?? 0)) / kNoiseFull);
    this.bar.style.width = `${share}%`;
  }
}

class Fact {
  readonly value = h("dd");
  readonly root: HTMLElement;

  constructor(title: string) {
    this.root = h("div", { class: "fact" }, h("dt", {}, title), this.value);
  }
}

export class HealthView {
  private readonly passing = new Fact("Last passing");
  private readonly status = new Fact("Decoder status");
  private readonly viewers = new Fact("Watching");
  private readonly list = h("ul", { class: "loop-rows" });
  private readonly heading = h("p", { class: "card-sub loops-head" }, h("span", {}, "Loops"), h("span", {}, "Noise"));
  private readonly loops = new KeyedList<LoopView>(
    this.list,
    (loop) => loop.loopId,
    () => new LoopRow(),
  );
  readonly root: HTMLElement;

  constructor() {
    const facts = h("dl", { class: "facts" }, this.passing.root, this.status.root, this.viewers.root);
    this.root = h("section", { class: "card health", "aria-label": "Track health" }, facts, this.heading, this.list);
  }

  update(state: BoardState, nowUs: number, live: boolean): void {
    const lamp = statusLamp(newestStatusUs(state.health), nowUs, live);
    setText(this.passing.value, passingText(state.health.lastPassingUs, nowUs));
    setText(this.status.value, lamp.text);
    setAttr(this.status.root, "data-level", lamp.level);
    setText(this.viewers.value, state.viewers === null ? "–" : formatCount(state.viewers));
    this.loops.update(state.health.loops.map((loop) => loopView(loop, nowUs, live)));
    this.heading.hidden = state.health.loops.length === 0;
  }
}
