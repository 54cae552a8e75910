// The lines of the answer as they arrived, each with its time. Only the visible ones are in the document.
import { find, setText } from "./elements.ts";
import { createRow, type Row, rowHeight } from "./line-row.ts";
import { formatCount } from "./numbers.ts";
import type { Recording } from "./recording.ts";
import { parse } from "./service.ts";

export interface LinesView {
  show(recording: Recording): void;
  /** Draws the changes since the last call. */
  update(): void;
  select(index: number): void;
}

/** Rows above and below the visible ones. */
const overscan = 4;

/**
 * A listbox: the arrow keys, Page Up, Page Down, Home and End choose a line, which is then shown in full below the list.
 * https://www.w3.org/WAI/ARIA/apg/patterns/listbox/
 */
export function createLinesView(): LinesView {
  const list = find("#lines");
  const spacer = find("#lines-spacer");
  const whole = find("#whole-line");
  const count = find("#line-count");
  const rows: Row[] = [];
  let recording: Recording | undefined;
  let selected = -1;
  let drawn: { state: string; recording: Recording | undefined } = { state: "", recording: undefined };
  /** Whether the list scrolls to new lines. False while the user has scrolled away from the end. */
  let follows = true;
  // The list's height and scroll position are kept here, because reading them while the page is being drawn would make the
  // browser lay out the page several times in each frame.
  let height = 0;
  let top = 0;

  new ResizeObserver(() => {
    height = list.clientHeight;
    update();
  }).observe(list);
  list.addEventListener("scroll", () => {
    // A hidden list needs no drawing. If the function `scroll` has moved the list, the rows have been drawn already.
    if (height === 0 || list.scrollTop === top) return;
    top = list.scrollTop;
    follows = top + height >= list.scrollHeight - rowHeight;
    update();
  });
  list.addEventListener("click", (event) => {
    const { index } = ((event.target as Element).closest<HTMLElement>("[data-index]")?.dataset ?? {}) as {
      index?: string;
    };
    if (index !== undefined) select(Number(index));
  });
  list.addEventListener("keydown", (event) => {
    const page = Math.max(1, Math.floor(height / rowHeight) - 1);
    const last = (recording?.length ?? 0) - 1;
    const targets: Record<string, number> = {
      ArrowDown: selected + 1,
      ArrowUp: selected - 1,
      PageDown: selected + page,
      PageUp: selected - page,
      Home: 0,
      End: last,
    };
    const target = targets[event.key];
    if (target === undefined || last < 0) return;
    event.preventDefault();
    select(Math.max(0, Math.min(last, target)));
  });

  function show(next: Recording): void {
    recording = next;
    selected = -1;
    follows = true;
    whole.textContent = "";
    whole.hidden = true;
    update();
  }

  function update(): void {
    const length = recording?.length ?? 0;
    if (follows) top = Math.max(0, length * rowHeight - height);
    const first = Math.max(0, Math.floor(top / rowHeight) - overscan);
    const end = Math.min(length, Math.ceil((top + height) / rowHeight) + overscan);
    const state = `${first} ${end} ${selected} ${length} ${height}`;
    if (state === drawn.state && recording === drawn.recording) return;
    drawn = { state, recording };
    spacer.style.height = `${length * rowHeight}px`;
    while (rows.length < end - first) rows.push(createRow(spacer));
    // A line keeps its row while it is visible, so that scrolling changes only a few rows.
    for (let index = first; index < first + rows.length; index++) {
      const row = rows[index % rows.length]!;
      if (index < end && recording) row.show(recording, index, index === selected);
      else row.hide();
    }
    setText(count, describeCount(recording));
    list.classList.toggle("is-empty", length === 0);
    if (selected >= 0) list.setAttribute("aria-activedescendant", `line-${selected}`);
    else list.removeAttribute("aria-activedescendant");
    if (follows) scroll();
  }

  /** Call this after all changes to the list, because it makes the browser lay out the page. */
  function scroll(): void {
    list.scrollTop = top;
    // The browser may round the position.
    top = list.scrollTop;
  }

  function select(index: number): void {
    if (!recording || index >= recording.length) return;
    selected = index;
    const text = recording.textAt(index);
    const value = parse(text);
    whole.textContent = value === undefined ? text : JSON.stringify(value, undefined, 2);
    whole.hidden = false;
    // The whole line is shown below the list, which now has less height.
    height = list.clientHeight;
    const rowTop = index * rowHeight;
    top = Math.max(Math.min(top, rowTop), rowTop + rowHeight - height);
    follows = index === recording.length - 1;
    update();
    scroll();
  }

  return { show, update, select };
}

function describeCount(recording: Recording | undefined): string {
  if (!recording || recording.length === 0) return "";
  const { length, left } = recording;
  const lines = `${formatCount(length + left)} ${length + left === 1 ? "line" : "lines"}`;
  return left === 0 ? lines : `${lines}, the first ${formatCount(length)} kept`;
}
