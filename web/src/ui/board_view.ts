// The board itself: the bug with title, lights and clock, the alerts, the rows.

import type { LinkView } from "../board/freshness";
import type { Note } from "../board/notes";
import type { Mode, Scene } from "../board/scene";
import { formatWallTime } from "../board/format";
import type { Alert, Crossing } from "../board/state";
import { ClockView, lights } from "./clock";
import { h, KeyedList, setAttr, setText, type KeyedView } from "./dom";
import { flip } from "./flip";
import { RowView, type RowItem } from "./row";

const kPhaseText: Readonly<Record<Mode, string>> = {
  unknown: "Connecting",
  idle: "Track clear",
  gate: "On the gate",
  race: "Racing",
  result: "Result",
};

class AlertView implements KeyedView<Alert> {
  readonly root = h("p", { class: "alert", role: "alert" });

  update(alert: Alert): void {
    setAttr(this.root, "data-level", alert.level.toLowerCase());
    setText(this.root, alert.text);
  }
}

class NoteView implements KeyedView<Note> {
  readonly root = h("p", { class: "note", role: "status" });

  update(note: Note): void {
    setAttr(this.root, "data-note", note.id);
    setText(this.root, note.text);
  }
}

class CrossingView implements KeyedView<Crossing> {
  private readonly who = h("b");
  private readonly where = h("span");
  private readonly at = h("span", { class: "value" });
  readonly root = h("li", { class: "crossing" }, this.who, this.where, this.at);

  update(crossing: Crossing): void {
    setText(this.who, crossing.who);
    setText(this.where, crossing.where);
    setText(this.at, formatWallTime(crossing.atUs / 1000));
  }
}

export class BoardView {
  private readonly round = h("span", { class: "round" });
  private readonly phase = h("span", { class: "phase" });
  private readonly title = h("h1");
  private readonly rows = h("ol", { class: "rows" });
  private readonly empty = h("p", { class: "empty" });
  private readonly crossingLines = h("ol", { class: "crossing-lines" });
  private readonly crossings = h(
    "section",
    { class: "crossings" },
    h("h2", {}, "Last over a loop"),
    this.crossingLines,
  );
  private readonly alerts = h("div", { class: "alerts" });
  private readonly notes = h("div", { class: "notes" });
  private readonly said = h("p", { class: "vh", "aria-live": "polite" });
  private readonly clock: ClockView;
  private readonly rowList = new KeyedList<RowItem>(
    this.rows,
    (item) => item.row.riderId,
    () => new RowView(),
  );
  private readonly alertList = new KeyedList<Alert>(
    this.alerts,
    (alert) => alert.id,
    () => new AlertView(),
  );
  private readonly noteList = new KeyedList<Note>(
    this.notes,
    (note) => note.id,
    () => new NoteView(),
  );
  private readonly crossingList = new KeyedList<Crossing>(
    this.crossingLines,
    (crossing) => crossing.id,
    () => new CrossingView(),
  );
  private shownMoto: string | null = null;
  private shownOrder = "";
  readonly root = h("section", { class: "board" });

  constructor(serverNowUs: () => number) {
    this.clock = new ClockView(serverNowUs);
    const line = h("p", { class: "bug-line" }, lights(), this.phase, this.round);
    const bug = h("div", { class: "bug" }, h("div", { class: "bug-id" }, line, this.title), this.clock.root);
    this.root.append(bug, this.alerts, this.notes, this.rows, this.empty, this.crossings, this.said);
  }

  update(scene: Scene, alerts: readonly Alert[], crossings: readonly Crossing[], link: LinkView): void {
    setAttr(this.root, "data-mode", scene.mode);
    setAttr(this.root, "data-moto-id", scene.motoId);
    setAttr(this.root, "data-link", link.state);
    setText(this.phase, this.phaseText(scene));
    setText(this.round, scene.round);
    setText(this.title, scene.title || this.titleWithoutMoto(scene));
    this.clock.update(scene.clock, link.state === "live", scene.mode === "gate" ? "Ready" : "");
    this.alertList.update(alerts);
    this.showRows(scene);
    setText(this.empty, scene.rows.length > 0 ? "" : this.emptyText(scene, link));
    this.empty.hidden = scene.rows.length > 0;
    this.crossings.hidden = scene.mode !== "idle" || crossings.length === 0;
    this.crossingList.update(crossings);
  }

  /** What there is to say about the data itself, and whether the last signed frame was verified. */
  tell(notes: readonly Note[], trust: string | null): void {
    this.noteList.update(notes);
    setAttr(this.root, "data-trust", trust);
  }

  /** For those who listen: phases and finishes, one at a time, never a tick. */
  say(text: string): void {
    setText(this.said, text);
  }

  private showRows(scene: Scene): void {
    const items = scene.rows.map((row) => ({ row, plate: scene.plate, loopCount: scene.loopCount }));
    const order = scene.rows.map((row) => row.riderId).join(" ");
    const sameMoto = scene.motoId === this.shownMoto;
    const moved = sameMoto && order !== this.shownOrder;
    this.shownMoto = scene.motoId;
    this.shownOrder = order;
    this.root.style.setProperty("--count", String(Math.max(scene.rows.length, 1)));
    const change = (): void => this.rowList.update(items);
    if (moved) flip(() => this.rowList.elements(), change);
    else change();
  }

  private phaseText(scene: Scene): string {
    if (scene.mode !== "race" || scene.finishedCount === 0) return kPhaseText[scene.mode];
    return `${scene.finishedCount} of ${scene.rows.length} in`;
  }

  private titleWithoutMoto(scene: Scene): string {
    if (scene.motoId !== null) return "Moto";
    return scene.mode === "idle" ? "Next gate soon" : "Holeshot live";
  }

  private emptyText(scene: Scene, link: LinkView): string {
    if (scene.mode === "idle") return "Nobody on the gate. The next riders appear here by themselves.";
    if (scene.mode === "unknown") return link.detail || "Fetching the board of this track.";
    return "No riders named for this moto.";
  }
}
