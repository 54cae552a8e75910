// Folds the events of one content block into the block that Converse returns.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlockDelta.html
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html
import { isObject } from "../../shared/json-object.ts";
import { cannotFold } from "./cannot-fold.ts";
import { Base64Pieces, Source } from "./exact-json.ts";

type Members = Record<string, unknown>;

const kinds = ["text", "toolUse", "toolResult", "reasoningContent", "citation", "image"];
const reasoningKinds = ["text", "signature", "redactedContent"];

export class BlockFold {
  readonly #content = emptyObject();
  readonly #citations: unknown[] = [];
  readonly #results: Source[] = [];

  /**
   * Adds the `start` or `delta` of an event. If the delta has a list of a tool's results, `results` is the list's JSON text.
   * Throws `ConverseError` for an unknown kind of content, because an answer without this content would look complete.
   */
  add({ citation, ...content }: Members, results?: string): void {
    checkKinds(content, kinds);
    if (isObject(content["reasoningContent"])) checkKinds(content["reasoningContent"], reasoningKinds);
    if (citation) this.#citations.push(citation);
    const inside = results?.trim().slice(1, -1).trim();
    if (inside) this.#results.push(new Source(inside));
    merge(this.#content, content);
  }

  /** Usually returns one block. Returns none for an empty text, and several if deltas of different kinds have the same index. */
  build(): Members[] {
    const { text, toolUse, toolResult, reasoningContent, image } = this.#content as Record<
      string,
      Members | undefined
    >;
    const { redactedContent, text: thoughts, signature } = reasoningContent ?? {};
    const citations = this.#citations;
    const blocks = [
      redactedContent && { reasoningContent: { redactedContent } },
      (thoughts || signature) && {
        reasoningContent: { reasoningText: { text: thoughts ?? "", ...(signature ? { signature } : {}) } },
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

function checkKinds(content: Members, known: string[]): void {
  if (Object.keys(content).every((name) => known.includes(name))) return;
  throw cannotFold("it has content that Converse does not have");
}

/** Adds the members of `more` to `into`. A string is appended to an earlier string of the same name. Lists are left out. */
function merge(into: Members, more: Members): Members {
  for (const [name, value] of Object.entries(more)) {
    const before = into[name];
    if (isObject(value)) into[name] = merge(isObject(before) ? before : emptyObject(), value);
    else if (typeof value === "string") into[name] = joined(name, before, value);
    else if (!Array.isArray(value)) into[name] = value;
  }
  return into;
}

function joined(name: string, before: unknown, piece: string): unknown {
  if (name !== "bytes" && name !== "redactedContent")
    return typeof before === "string" ? before + piece : piece;
  if (piece === "") return before;
  return (before instanceof Base64Pieces ? before : new Base64Pieces()).add(piece);
}

/** Has no prototype, so that a member called `__proto__` is an ordinary member. */
function emptyObject(): Members {
  return Object.create(null) as Members;
}

/** The input is {} if no fragments arrived. If it was cut off, for example by `max_tokens`, it stays a string. */
function inputOf(input: unknown = ""): unknown {
  if (typeof input !== "string") return input;
  if (input.trim() === "") return {};
  try {
    JSON.parse(input);
    return new Source(input);
  } catch {
    // Not an error, because the response's stop reason explains it to the caller.
    return input;
  }
}
