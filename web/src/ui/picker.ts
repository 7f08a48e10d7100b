// Several tracks: a list to choose from. It is a list of plain links, so that each board has an address to share.

import type { Track } from "../api";
import { h } from "./dom";

export function pickerView(tracks: readonly Track[]): HTMLElement {
  const items = tracks.map((track) => {
    const link = h("a", { href: `?track=${encodeURIComponent(track.id)}` }, h("b", {}, track.name || track.id));
    if (track.location) link.append(h("span", {}, track.location));
    return h("li", {}, link);
  });
  return h("section", { class: "picker" }, h("h1", {}, "Choose a track"), h("ul", {}, ...items));
}

export function noticeView(title: string, text: string): HTMLElement {
  return h("section", { class: "notice", role: "status" }, h("h1", {}, title), h("p", {}, text));
}
