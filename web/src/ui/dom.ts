// The whole of the rendering toolkit: make an element, change it only where something changed, keep a list in order.

type Attributes = Readonly<Record<string, string>>;
type Child = Node | string;

const kSvg = "http://www.w3.org/2000/svg";

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  return fill(element, attributes, children);
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(kSvg, tag) as SVGElementTagNameMap[K];
  return fill(element, attributes, children);
}

function fill<E extends Element>(element: E, attributes: Attributes, children: Child[]): E {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Text that only assistive technology reads. */
export function spoken(text: string): HTMLElement {
  return h("span", { class: "vh" }, text);
}

export function setText(element: Element, text: string): boolean {
  if (element.textContent === text) return false;
  element.textContent = text;
  return true;
}

/** Null takes the attribute away. */
export function setAttr(element: Element, name: string, value: string | number | null): void {
  const text = value === null ? null : String(value);
  if (element.getAttribute(name) === text) return;
  if (text === null) element.removeAttribute(name);
  else element.setAttribute(name, text);
}

export interface KeyedView<T> {
  readonly root: HTMLElement;
  update(item: T): void;
}

/** Keeps the children of `container` equal to a list of items: same key, same element, whatever its place. */
export class KeyedList<T> {
  private readonly views = new Map<string, KeyedView<T>>();

  constructor(
    readonly container: HTMLElement,
    private readonly keyOf: (item: T) => string,
    private readonly make: (item: T) => KeyedView<T>,
  ) {}

  /** The elements in the order they stand, with their keys. */
  elements(): Map<string, HTMLElement> {
    return new Map([...this.views].map(([key, view]) => [key, view.root]));
  }

  update(items: readonly T[]): void {
    const wanted = new Set(items.map(this.keyOf));
    for (const [key, view] of this.views) {
      if (wanted.has(key)) continue;
      view.root.remove();
      this.views.delete(key);
    }
    items.forEach((item, index) => {
      const key = this.keyOf(item);
      const view = this.views.get(key) ?? this.make(item);
      this.views.set(key, view);
      view.update(item);
      const there = this.container.children[index] ?? null;
      if (there !== view.root) this.container.insertBefore(view.root, there);
    });
  }
}
