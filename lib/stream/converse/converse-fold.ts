// Folds a stream into the response that Converse would have given for the same request.
//
// Documents keep their source text, so that no number is rounded.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
import type { AnswerWriter, OwnLine } from "../answer-format.ts";
import { isObject } from "../../shared/json-object.ts";
import { checkEventName, parseEvent } from "../lines/event-payload.ts";
import { GrowingBuffer } from "../lines/growing-buffer.ts";
import { BlockFold } from "./block-fold.ts";
import { cannotFold } from "./cannot-fold.ts";
import { exactJson, sourcesIn } from "./exact-json.ts";

/** The most that one response may hold, in characters. The function's memory holds a few times as much. */
const maxLength = 16 * 1024 * 1024;
/** What an event counts beside its text, because V8 joins pieces of text only when the whole is read. */
const eventLength = 32;

interface Event {
  role?: unknown;
  contentBlockIndex?: unknown;
  start?: unknown;
  delta?: unknown;
}

export class ConverseFold extends GrowingBuffer implements AnswerWriter {
  /** By index. */
  readonly #blocks = new Map<unknown, BlockFold>();
  /** Members of `messageStop` and `metadata`. */
  #ending: Record<string, unknown> = {};
  #role: unknown = "assistant";
  #length = 0;

  /** Throws `InvalidEvent`, or the `ConverseError` for an answer that does not fit into one response. */
  event(name: string, payload: Buffer): void {
    checkEventName(name);
    const json = payload.toString();
    const { role, contentBlockIndex: index, start, delta }: Event = parseEvent(json, payload);
    this.#count(isObject(delta) && typeof delta["text"] === "string" ? delta["text"] : json);
    if (name === "messageStart") this.#role = role ?? this.#role;
    else if (name === "contentBlockStart" && isObject(start)) this.#blockAt(index).add(start);
    else if (name === "contentBlockDelta" && isObject(delta)) {
      const results = delta["toolResult"] && sourcesIn(sourcesIn(json)["delta"]!.text)["toolResult"]?.text;
      this.#blockAt(index).add(delta, results as string | undefined);
    } else if (name === "messageStop" || name === "metadata") {
      // The padding is not part of a response.
      const { p: _, ...members } = sourcesIn(json);
      this.#ending = { ...this.#ending, ...members };
    }
  }

  /** The end makes the response. An error has a response of its own. */
  own({ type }: OwnLine): void {
    if (type !== "end") return;
    const blocks = [...this.#blocks].toSorted(([one], [other]) => Number(one) - Number(other));
    const content = blocks.flatMap(([, block]) => block.build());
    const output = { message: { role: this.#role, content } };
    this.append(Buffer.from(exactJson({ output, ...this.#ending })));
  }

  #blockAt(index: unknown): BlockFold {
    const block = this.#blocks.get(index) ?? new BlockFold();
    this.#blocks.set(index, block);
    return block;
  }

  #count(text: string): void {
    this.#length += text.length + eventLength;
    if (this.#length > maxLength) throw cannotFold(`it is longer than ${maxLength} characters`);
  }
}
