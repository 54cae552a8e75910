// Shows one content block: text with its citations, reasoning, a tool call or its result, an image, or content of an
// unknown kind.
import type { ContentBlockDelta, ContentBlockStart } from "../wire.ts";
import { createCitationList } from "./citation-list.ts";
import { create } from "./elements.ts";
import { createImageView } from "./image-view.ts";
import { createTextFlow, type TextFlow } from "./text-flow.ts";

export interface BlockView {
  add(delta: ContentBlockDelta): void;
  stop(): void;
  flush(): void;
  /** The result that the user wrote for a tool call. Undefined if the block is not a call that needs a result. */
  toolResult(): { id: string; text: string } | undefined;
}

/**
 * Adds an element to `parent` for each part of the block, such as text or reasoning, when the part's first piece arrives. The
 * card of a tool call or of its result is added at once if `start` describes it.
 */
export function createBlockView(parent: HTMLElement, start: ContentBlockStart | undefined): BlockView {
  const flows: TextFlow[] = [];
  const parts = new Map<string, TextFlow>();
  const addCitation = createCitationList(parent);
  let image = start?.image && createImageView(parent, start);
  let result: HTMLTextAreaElement | undefined;
  const call = start?.toolUse;
  if (call) showCall(call);
  else if (start?.toolResult) showResult(start.toolResult.status);

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

  /** The result of a tool that Bedrock has run itself. */
  function showResult(status?: string): void {
    const element = card("Result of a tool call", status === "error" ? "The tool failed." : "");
    partNamed("result", () => element);
  }

  function reasoning(): HTMLElement {
    const element = create("details", { class: "reasoning" }, create("summary", {}, "Reasoning"));
    parent.append(element);
    return element;
  }

  function add(delta: ContentBlockDelta): void {
    const { text, toolUse, toolResult, reasoningContent, citation, image: picture } = delta;
    if (text !== undefined) partNamed("text", () => parent).append(text);
    else if (toolUse) partNamed("input", () => card("Tool call", "")).append(toolUse.input);
    else if (toolResult)
      partNamed("result", () => card("Result of a tool call", "")).append(
        toolResult.map(describeResult).join(""),
      );
    else if (reasoningContent?.text !== undefined)
      partNamed("thoughts", reasoning).append(reasoningContent.text);
    else if (reasoningContent?.redactedContent !== undefined) {
      partNamed("redacted", reasoning).append("The provider has encrypted this part of the reasoning.");
    } else if (reasoningContent) return;
    else if (citation) addCitation(citation);
    else if (picture) {
      image ??= createImageView(parent, start);
      image.add(delta);
    } else
      partNamed("unknown", () => card("Content of a kind that this page does not know", "")).append(
        JSON.stringify(delta),
      );
  }

  return {
    add,
    stop: () => image?.stop(),
    flush: () => {
      for (const flow of flows) flow.flush();
    },
    toolResult: () => (call && result ? { id: call.toolUseId, text: result.value } : undefined),
  };
}

/** Bedrock passes on whatever its tool returned, which may even be null. */
function describeResult(result: NonNullable<ContentBlockDelta["toolResult"]>[number] | null): string {
  return result?.text ?? JSON.stringify(result?.json ?? result);
}
