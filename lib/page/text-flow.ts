// A text that grows. A long text is divided into parts, so that the browser lays out only the last part again.
import { create } from "./elements.ts";

export interface TextFlow {
  readonly element: HTMLElement;
  /** The text appears with the next `flush`. */
  append(text: string): void;
  flush(): void;
}

/** In characters. A part ends at the first newline after `atLine` or the first space after `atSpace`, whichever comes first. */
const partLength = { atLine: 2000, atSpace: 6000 };

export function createTextFlow(className: string): TextFlow {
  const element = create("div", { class: `flow ${className}` });
  let pending: string[] = [];
  let part: Text | undefined;

  function flush(): void {
    if (pending.length === 0) return;
    let text = pending.join("");
    pending = [];
    while (text !== "") {
      part ??= beginPart();
      const room = partLength.atLine - part.length;
      const end = endOfPart(
        text,
        Math.max(0, room),
        Math.max(0, room) + partLength.atSpace - partLength.atLine,
      );
      part.appendData(end === undefined ? text : text.slice(0, end));
      if (end === undefined) return;
      text = text.slice(end);
      part = undefined;
    }
  }

  function beginPart(): Text {
    const node = document.createTextNode("");
    element.append(create("div", {}, node));
    return node;
  }

  return { element, append: (text) => void pending.push(text), flush };
}

/** The index after the newline or, in a very long line, after the space that ends the part. Undefined if the part continues. */
function endOfPart(text: string, atLine: number, atSpace: number): number | undefined {
  const newline = text.indexOf("\n", atLine);
  const space = text.indexOf(" ", atSpace);
  if (newline < 0 && space < 0) return undefined;
  return newline >= 0 && (space < 0 || newline < space) ? newline + 1 : space + 1;
}
