// Shows the citations of a text as a list below the text.
import type { ContentBlockDelta } from "../wire.ts";
import { create } from "./elements.ts";

type Citation = NonNullable<ContentBlockDelta["citation"]>;

/** Call the returned function with each citation. The list appears with the first one. */
export function createCitationList(parent: HTMLElement): (citation: Citation) => void {
  let list: HTMLElement | undefined;
  return ({ title, source, location }) => {
    if (list === undefined) {
      list = create("ol", { class: "citations", "aria-label": "Citations" });
      parent.append(list);
    }
    const place = location === undefined ? "" : describeLocation(location);
    list.append(create("li", {}, [title ?? source ?? "A source", place].filter(Boolean).join(", ")));
  };
}

/** Describes the cited place, such as "documentPage 2 to 3". */
function describeLocation(location: NonNullable<Citation["location"]>): string {
  const [[kind, place] = ["", undefined]] = Object.entries(location) as [string, Record<string, unknown>][];
  if (kind === "web") return String(place?.["url"] ?? place?.["domain"] ?? "");
  const { start, end } = place ?? {};
  return `${kind} ${String(start ?? "")}${end === undefined || end === start ? "" : ` to ${String(end)}`}`.trim();
}
