import { afterEach, describe, expect, it } from "vitest";
import { wakeWithPage } from "./browser.js";

const world = globalThis as { window?: unknown; document?: unknown };

afterEach(() => {
  delete world.window;
  delete world.document;
});

/** A page of which only the events are there. */
function page(): { window: EventTarget; document: EventTarget & { visibilityState: string } } {
  const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  const window = new EventTarget();
  Object.assign(world, { window, document });
  return { window, document };
}

function follower(): { done: string[]; undo: () => void } {
  const done: string[] = [];
  const undo = wakeWithPage({
    start: () => done.push("start"),
    stop: () => done.push("stop"),
    wake: () => done.push("wake"),
    networkLost: () => done.push("lost"),
  });
  return { done, undo };
}

describe("a connection that follows its page", () => {
  it("wakes with the phone and the network", () => {
    const { window, document } = page();
    const { done } = follower();
    document.visibilityState = "hidden";
    document.dispatchEvent(new Event("visibilitychange"));
    expect(done).toEqual([]);
    document.visibilityState = "visible";
    document.dispatchEvent(new Event("visibilitychange"));
    window.dispatchEvent(new Event("offline"));
    window.dispatchEvent(new Event("online"));
    expect(done).toEqual(["wake", "lost", "wake"]);
  });

  it("rests while the page is put away, and comes back with it", () => {
    const { window } = page();
    const { done, undo } = follower();
    window.dispatchEvent(new Event("pagehide"));
    window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: false }));
    window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
    expect(done).toEqual(["stop", "start"]);
    undo();
    window.dispatchEvent(new Event("online"));
    expect(done).toEqual(["stop", "start"]);
  });

  it("does nothing where there is no page", () => {
    expect(() => follower().undo()).not.toThrow();
  });
});
