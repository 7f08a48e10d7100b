// One rider's row: lane, place, plate, name, last loop, time, gap.

import { laneColours, type Pair } from "../board/colours";
import type { Row } from "../board/scene";
import { flash } from "./flip";
import { h, setAttr, setText, spoken, svg, type KeyedView } from "./dom";

/** The outline of a BMX number plate: wide shoulders, drawn in below the bars. */
const kPlatePath =
  "M13 3H87Q97 3 97 13L95 38Q94 47 88 53L74 68Q69 73 62 73H38Q31 73 26 68L12 53Q6 47 5 38L3 13Q3 3 13 3Z";

/** From here on a last name is set smaller on a phone, rather than cut. */
const kLongName = 9;

export interface RowItem {
  readonly row: Row;
  readonly plate: Pair;
  readonly loopCount: number;
}

export class RowView implements KeyedView<RowItem> {
  readonly root = h("li", { class: "row" });
  private readonly lane = h("b");
  private readonly place = h("span", { class: "place" });
  private readonly number = svg("text", { x: "50", y: "39" });
  private readonly first = h("span", { class: "first" });
  private readonly last = h("b", { class: "last" });
  private readonly loop = h("span", { class: "loop-name" });
  private readonly progress = h("span", { class: "progress", "aria-hidden": "true" });
  private readonly time = h("span", { class: "time" });
  private readonly gap = h("span", { class: "gap" });
  private shown = false;

  constructor() {
    const plate = svg("svg", { class: "plate", viewBox: "0 0 100 76", "aria-hidden": "true" });
    plate.append(svg("path", { d: kPlatePath }), this.number);
    const name = h("span", { class: "name" }, this.first, " ", this.last);
    const loop = h("span", { class: "loop" }, this.loop, this.progress);
    this.root.append(
      h("span", { class: "lane" }, spoken("Lane "), this.lane),
      this.place,
      plate,
      h("span", { class: "who" }, name, loop),
      h("span", { class: "nums" }, this.time, this.gap),
    );
  }

  update({ row, plate, loopCount }: RowItem): void {
    this.mark(row);
    this.colour(row, plate);
    setText(this.lane, row.lane === null ? "" : String(row.lane));
    setText(this.place, row.place);
    setText(this.number, row.plate);
    setAttr(this.number, "data-digits", row.plate.length);
    setText(this.first, row.firstName);
    setText(this.last, row.lastName);
    setAttr(this.last, "data-long", row.lastName.length > kLongName ? "" : null);
    setText(this.loop, row.loop);
    this.showProgress(row.passed, loopCount);
    setText(this.gap, row.gap);
    const news = setText(this.time, row.time) && row.time !== "";
    if (news && this.shown) flash(this.time);
    this.shown = true;
  }

  /** The stable marks that tests and overlays read. */
  private mark(row: Row): void {
    setAttr(this.root, "data-rider-id", row.riderId);
    setAttr(this.root, "data-position", row.position);
    setAttr(this.root, "data-elapsed-us", row.elapsedUs);
    setAttr(this.root, "data-leader", row.leader ? "" : null);
    setAttr(this.root, "data-behind", row.behind ? "" : null);
    setAttr(this.root, "data-finished", row.finished ? "" : null);
    setAttr(this.root, "data-out", row.out);
  }

  private colour(row: Row, plate: Pair): void {
    const lane = laneColours(row.lane);
    const style = this.root.style;
    style.setProperty("--lane-ground", lane?.ground ?? "transparent");
    style.setProperty("--lane-ink", lane?.ink ?? "currentColor");
    style.setProperty("--plate-ground", plate.ground);
    style.setProperty("--plate-ink", plate.ink);
  }

  private showProgress(passed: number | null, count: number): void {
    const wanted = passed === null ? 0 : count;
    while (this.progress.childElementCount > wanted) this.progress.lastElementChild?.remove();
    while (this.progress.childElementCount < wanted) this.progress.append(h("i"));
    [...this.progress.children].forEach((step, index) => {
      setAttr(step, "data-passed", index < (passed ?? 0) ? "" : null);
    });
  }
}
