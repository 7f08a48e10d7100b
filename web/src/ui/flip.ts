// Moves rows from where they were to where they now belong, and only rows that really changed places: measure, let the
// list change, measure again, play the difference.

const kMoveMs = 420;
const kEasing = "cubic-bezier(.2,.8,.2,1)";

function motionIsWelcome(): boolean {
  return !window.matchMedia("(prefers-reduced-motion: reduce)").matches && document.visibilityState === "visible";
}

/** `elements` tells which elements stand for which key; it is asked before and after `change`. */
export function flip(elements: () => Map<string, HTMLElement>, change: () => void): void {
  if (!motionIsWelcome()) return change();
  const before = new Map([...elements()].map(([key, element]) => [key, element.getBoundingClientRect().top]));
  change();
  for (const [key, element] of elements()) {
    const old = before.get(key);
    if (old === undefined) continue;
    const moved = old - element.getBoundingClientRect().top;
    if (Math.abs(moved) < 1) continue;
    // Who gains places passes in front of who loses them.
    element.style.zIndex = moved > 0 ? "2" : "1";
    const frames = [{ transform: `translateY(${moved}px)` }, { transform: "none" }];
    const animation = element.animate(frames, { duration: kMoveMs, easing: kEasing });
    animation.onfinish = animation.oncancel = () => element.style.removeProperty("z-index");
  }
}

/** A short light on what just changed. */
export function flash(element: Element): void {
  if (!motionIsWelcome()) return;
  element.animate([{ backgroundColor: "var(--flash)" }, { backgroundColor: "transparent" }], {
    duration: 900,
    easing: "ease-out",
  });
}
