// Finds and creates elements. Texts are inserted as text, never as HTML.

type Properties = Record<string, string | number | boolean | ((event: Event) => void) | undefined>;

/** Throws if the document has no such element, because that is a mistake in the page. */
export function find<Kind extends HTMLElement>(selector: string, within: ParentNode = document): Kind {
  const found = within.querySelector<Kind>(selector);
  if (found === null) throw new Error(`Cannot find ${selector}: the page's document has no such element`);
  return found;
}

/**
 * A property such as `onclick` adds a listener for `click`. All other properties are attributes: `true` adds the attribute
 * without a value, and `false` and `undefined` omit it.
 */
export function create<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Properties = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (typeof value === "function") element.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false) {
      element.setAttribute(key, value === true ? "" : String(value));
    }
  }
  element.append(...children);
  return element;
}

/** Leaves the element alone if it has this text, because setting it again would make screen readers repeat it. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
