// The head of the page: whose board this is, which track, and how fresh the data is.

import type { LinkView } from "../board/freshness";
import { h, setAttr, setText } from "./dom";

export class TopView {
  private readonly track: HTMLElement;
  private readonly text = h("span");
  private readonly detail = h("span", { class: "link-detail" });
  private readonly link = h("div", { class: "link", role: "status" });

  /** `header` stands in index.html, so that the brand is there before the script is. */
  constructor(header: HTMLElement) {
    this.track = header.querySelector<HTMLElement>(".track") ?? h("p");
    this.link.append(h("i", { class: "lamp", "aria-hidden": "true" }), this.text, this.detail);
    header.append(this.link);
  }

  setTrack(name: string): void {
    setText(this.track, name);
  }

  setLink(view: LinkView): void {
    setAttr(this.link, "data-level", view.level);
    setAttr(this.link, "data-state", view.state);
    setText(this.text, view.text);
    setText(this.detail, view.detail);
  }
}
