// What stands beside the board: the other moto, what comes next, the last results.

import type { Coming } from "../api";
import { formatRound } from "../board/format";
import type { Card } from "../board/scene";
import { h, KeyedList, setText, type KeyedView } from "./dom";

class CardView implements KeyedView<Card> {
  private readonly title = h("h3");
  private readonly subtitle = h("p", { class: "card-sub" });
  private readonly lines = h("ol", { class: "card-lines" });
  readonly root = h("section", { class: "card" }, this.subtitle, this.title, this.lines);
  private written = "";

  update(card: Card): void {
    setText(this.title, card.title);
    setText(this.subtitle, card.subtitle);
    const now = JSON.stringify(card.lines);
    if (now === this.written) return;
    this.written = now;
    const items = card.lines.map((line) =>
      h("li", {}, h("b", {}, line.place), h("span", {}, line.name), h("span", { class: "value" }, line.value)),
    );
    this.lines.replaceChildren(...items);
  }
}

export class CardsView {
  readonly root = h("div", { class: "cards" });
  private readonly cards = new KeyedList<Card>(
    this.root,
    (card) => card.id,
    () => new CardView(),
  );

  update(cards: readonly Card[]): void {
    this.cards.update(cards);
    this.root.hidden = cards.length === 0;
  }
}

export class ComingView {
  private readonly lines = h("ol", { class: "coming-lines" });
  readonly root = h("section", { class: "card coming" }, h("p", { class: "card-sub" }, "Next on the gate"), this.lines);

  constructor() {
    this.root.hidden = true;
  }

  update(coming: readonly Coming[]): void {
    this.root.hidden = coming.length === 0;
    const items = coming.map((moto) =>
      h("li", {}, h("b", {}, moto.className || "Moto"), h("span", {}, formatRound(moto.roundType))),
    );
    this.lines.replaceChildren(...items);
  }
}
