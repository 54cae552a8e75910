// Folds the events of one content block into the block that Converse returns.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlockDelta.html
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html
import { isObject } from "../../shared/json-object.ts";
import { cannotFold } from "./cannot-fold.ts";
import { Source } from "./exact-json.ts";

type Members = Record<string, unknown>;

const kinds = ["text", "toolUse", "toolResult", "reasoningContent", "citation", "image"];

export class BlockFold {
  readonly #content = emptyObject();
  readonly #citations: unknown[] = [];
  readonly #results: Source[] = [];

  /**
   * Adds the `start` or `delta` of an event. `results` is the source of a list, if there are results of a tool. Throws
   * `ConverseError` for an unknown kind of content: leaving it out would make an answer look complete that is not.
   */
  add({ citation, ...content }: Members, results?: string): void {
    if (!Object.keys(content).every((name) => kinds.includes(name))) {
      throw cannotFold("it has content that Converse does not have");
    }
    if (citation) this.#citations.push(citation);
    const inside = results?.trim().slice(1, -1).trim();
    if (inside) this.#results.push(new Source(inside));
    merge(this.#content, content);
  }

  /** Usually one block; none if all there is is an empty text. */
  build(): Members[] {
    const { text, toolUse, toolResult, reasoningContent, image } = this.#content as Record<string, Members>;
    const { redactedContent, text: thoughts, signature } = (reasoningContent ?? {}) as Record<string, string>;
    const citations = this.#citations;
    const blocks = [
      redactedContent && { reasoningContent: { redactedContent } },
      (thoughts || signature) && {
        reasoningContent: { reasoningText: { text: thoughts ?? "", ...(signature && { signature }) } },
      },
      citations.length > 0 && { citationsContent: { content: [{ text: text ?? "" }], citations } },
      citations.length === 0 && text && { text },
      toolUse && { toolUse: { ...toolUse, input: inputOf(toolUse["input"]) } },
      toolResult && { toolResult: { ...toolResult, content: this.#results } },
      image && { image },
    ];
    return blocks.filter((block) => isObject(block));
  }
}

/** Strings continue what came before, as the pieces of a text do. Lists are not merged. */
function merge(into: Members, more: Members): Members {
  for (const [name, value] of Object.entries(more)) {
    const before = into[name];
    if (isObject(value)) into[name] = merge(isObject(before) ? before : emptyObject(), value);
    else if (typeof value === "string" && typeof before === "string")
      into[name] = joined(name, before, value);
    else if (!Array.isArray(value)) into[name] = value;
  }
  return into;
}

/** Pieces of base64 are decoded each on its own, because each may end with padding. */
function joined(name: string, before: string, piece: string): string {
  if (name !== "bytes" && name !== "redactedContent") return before + piece;
  return Buffer.concat([before, piece].map((text) => Buffer.from(text, "base64"))).toString("base64");
}

/** Without a prototype, a member called `__proto__` is one like any other. */
function emptyObject(): Members {
  return Object.create(null) as Members;
}

/** A call without arguments has no fragments. An input that was cut off, as by `max_tokens`, stays a text. */
function inputOf(input: unknown = ""): unknown {
  if (typeof input !== "string") return input;
  if (input.trim() === "") return {};
  try {
    JSON.parse(input);
    return new Source(input);
  } catch {
    // The stop reason tells the caller why.
    return input;
  }
}
