// One visible line: its time, the time since the previous line, its type, and its other members.
import { create } from "./elements.ts";
import { formatMs, formatSeconds } from "./numbers.ts";
import type { Recording } from "./recording.ts";
import { parse } from "./service.ts";

/** In pixels. The style sheet has to contain the same height. */
export const rowHeight = 22;

export interface Row {
  show(recording: Recording, index: number, isSelected: boolean): void;
  hide(): void;
}

export function createRow(parent: HTMLElement): Row {
  const time = create("span", { class: "time" });
  const gap = create("span", { class: "gap" });
  const type = create("span", { class: "type" });
  const rest = create("span", { class: "rest" });
  const element = create("div", { role: "option", class: "row" }, time, gap, type, " ", rest);
  parent.append(element);
  let shown = -1;
  let shownOf: Recording | undefined;
  return {
    show(recording, index, isSelected) {
      element.hidden = false;
      element.setAttribute("aria-selected", String(isSelected));
      element.setAttribute("aria-setsize", String(recording.length));
      if (shown === index && shownOf === recording) return;
      shown = index;
      shownOf = recording;
      const at = recording.timeAt(index);
      element.id = `line-${index}`;
      element.dataset["index"] = String(index);
      element.dataset["kind"] = recording.kindAt(index);
      element.setAttribute("aria-posinset", String(index + 1));
      element.style.transform = `translateY(${index * rowHeight}px)`;
      time.textContent = formatSeconds(at);
      const gapMs = index === 0 ? at : at - recording.timeAt(index - 1);
      // The gap is 0 for lines that arrived in one chunk.
      gap.textContent = gapMs === 0 ? "" : `+${formatMs(gapMs)}`;
      [type.textContent, rest.textContent] = shorten(recording.textAt(index));
    },
    hide() {
      element.hidden = true;
      element.removeAttribute("id");
      shown = -1;
    },
  };
}

/** The line's type, and its other members without padding and without a block index of 0. The chosen line is shown in full. */
function shorten(text: string): [string, string] {
  const value = parse(text) as (Record<string, unknown> & { p?: string }) | undefined;
  if (!value || typeof value["type"] !== "string") return ["", text.slice(0, 400)];
  const { type, p: _padding, contentBlockIndex, delta, ...others } = value;
  const block = contentBlockIndex === 0 || contentBlockIndex === undefined ? {} : { contentBlockIndex };
  const rest = { ...(delta as object | undefined), ...others, ...block };
  return [String(type), Object.keys(rest).length === 0 ? "" : JSON.stringify(rest).slice(0, 400)];
}
