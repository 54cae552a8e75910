// Shows one content block: text with its citations, reasoning, a tool call, an image, or content of an unknown kind.
import type { ContentBlockDelta, ContentBlockStart } from "../wire.ts";
import { createBlockBuilder } from "../client/content-block.ts";
import { bytesOf } from "./base64.ts";
import { create } from "./elements.ts";
import { createTextFlow, type TextFlow } from "./text-flow.ts";

type CitationDelta = NonNullable<ContentBlockDelta["citation"]>;

export interface BlockView {
  add(delta: ContentBlockDelta): void;
  stop(): void;
  flush(): void;
  /** The result that the user wrote for a tool call. Undefined if the block is not a call that needs a result. */
  toolResult(): { id: string; text: string } | undefined;
}

/** Adds an element to `parent` for each part of the block, such as text or reasoning, when the part's first piece arrives. */
export function createBlockView(parent: HTMLElement, start: ContentBlockStart | undefined): BlockView {
  const flows: TextFlow[] = [];
  const parts = new Map<string, TextFlow>();
  // Collects the pieces of an image, which cannot be shown before it is complete.
  const image = createBlockBuilder();
  let hasImage = start?.image !== undefined;
  let citations: HTMLElement | undefined;
  let result: HTMLTextAreaElement | undefined;
  const call = start?.toolUse;
  if (hasImage) image.start(start);
  if (call) showCall(call);
  else if (start?.toolResult) card(`Result of a tool call`, "");

  function partNamed(name: string, begin: () => HTMLElement): TextFlow {
    const found = parts.get(name);
    if (found) return found;
    const flow = createTextFlow(name);
    begin().append(flow.element);
    parts.set(name, flow);
    flows.push(flow);
    return flow;
  }

  function card(title: string, detail: string): HTMLElement {
    const element = create("section", { class: "card", "aria-label": title }, create("h4", {}, title));
    if (detail !== "") element.append(create("p", { class: "quiet" }, detail));
    parent.append(element);
    return element;
  }

  function showCall({
    name,
    toolUseId,
    type,
  }: {
    name: string;
    toolUseId: string;
    type?: string | undefined;
  }): void {
    const element = card(
      `Tool call: ${name}`,
      type === "server_tool_use" ? "Bedrock runs this tool itself." : "",
    );
    partNamed("input", () => element);
    if (type === "server_tool_use") return;
    result = create("textarea", { rows: 1, id: `result-${toolUseId}` });
    element.append(
      create("label", { for: result.id }, "The tool's result, which your next message sends"),
      result,
    );
  }

  function reasoning(): HTMLElement {
    const element = create("details", { class: "reasoning" }, create("summary", {}, "Reasoning"));
    parent.append(element);
    return element;
  }

  function addCitation({ title, source, location }: CitationDelta): void {
    if (citations === undefined) {
      citations = create("ol", { class: "citations", "aria-label": "Citations" });
      parent.append(citations);
    }
    const place = location === undefined ? "" : describeLocation(location);
    citations.append(create("li", {}, [title ?? source ?? "A source", place].filter(Boolean).join(", ")));
  }

  function add(delta: ContentBlockDelta): void {
    const { text, toolUse, reasoningContent, citation, image: picture } = delta;
    if (text !== undefined) partNamed("text", () => parent).append(text);
    else if (toolUse) partNamed("input", () => card("Tool call", "")).append(toolUse.input);
    else if (reasoningContent?.text !== undefined)
      partNamed("thoughts", reasoning).append(reasoningContent.text);
    else if (reasoningContent?.redactedContent !== undefined) {
      partNamed("redacted", reasoning).append("The provider has encrypted this part of the reasoning.");
    } else if (reasoningContent) return;
    else if (citation) addCitation(citation);
    else if (picture) {
      hasImage = true;
      image.add(delta);
    } else
      partNamed("unknown", () => card("Content of a kind that this page does not know", "")).append(
        JSON.stringify(delta),
      );
  }

  function stop(): void {
    if (!hasImage) return;
    for (const { image: picture } of image.build()) {
      const bytes = picture?.source && "bytes" in picture.source ? picture.source.bytes : undefined;
      if (bytes === undefined) continue;
      const blob = new Blob([bytesOf(bytes)], { type: `image/${picture?.format ?? "png"}` });
      parent.append(create("img", { src: URL.createObjectURL(blob), alt: "An image in the answer" }));
    }
  }

  return {
    add,
    stop,
    flush: () => {
      for (const flow of flows) flow.flush();
    },
    toolResult: () => (call && result ? { id: call.toolUseId, text: result.value } : undefined),
  };
}

/** Describes the cited place, such as "documentPage 2 to 3". */
function describeLocation(location: NonNullable<CitationDelta["location"]>): string {
  const [[kind, place] = ["", undefined]] = Object.entries(location) as [string, Record<string, unknown>][];
  if (kind === "web") return String(place?.["url"] ?? place?.["domain"] ?? "");
  const { start, end } = place ?? {};
  return `${kind} ${String(start ?? "")}${end === undefined || end === start ? "" : ` to ${String(end)}`}`.trim();
}
