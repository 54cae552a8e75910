// Builds the response that Converse would send from the events of ConverseStream, by folding them into one object.
//
// JSON values inside the events keep their source text, because parsing them would round long numbers.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
import type { AnswerWriter, OwnLine } from "../answer-format.ts";
import { isObject } from "../../shared/json-object.ts";
import { checkEventName, parseEvent } from "../lines/event-payload.ts";
import { BlockFold } from "./block-fold.ts";
import { cannotFold } from "./cannot-fold.ts";
import { exactJson, sourcesIn } from "./exact-json.ts";

/** The largest response, in bytes. Building it takes a few times as many bytes of the function's memory. */
const maxLength = 16 * 1024 * 1024;
/** Bytes to count for each event besides its text: V8 keeps an object for each appended string until the whole text is read. */
const eventLength = 32;
/** Bytes to count for each content block in addition to its events, because an empty block takes memory too. */
const blockLength = 512;

interface Event {
  role?: unknown;
  contentBlockIndex?: unknown;
  start?: unknown;
  delta?: unknown;
}

export class ConverseFold implements AnswerWriter {
  readonly format = "json";
  /** The content blocks by `contentBlockIndex`. */
  readonly #blocks = new Map<unknown, BlockFold>();
  /** Members of `messageStop` and `metadata`. */
  #ending: Record<string, unknown> = {};
  #role: unknown = "assistant";
  #length = 0;
  #response = nothing;

  /** Throws `InvalidEvent`, or the `ConverseError` for an answer that does not fit into one response. */
  event(name: string, payload: Buffer): void {
    checkEventName(name);
    const json = payload.toString();
    const { role, contentBlockIndex: index, start, delta }: Event = parseEvent(json, payload);
    // Bedrock's padding (`p`) of a delta is not counted, because short deltas have more padding than content.
    this.#count((isObject(delta) ? Buffer.byteLength(JSON.stringify(delta)) : payload.length) + eventLength);
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

  /** Writes the response when the answer ends. Ignores an error line, because the handler sends an error response instead. */
  own({ type }: OwnLine): void {
    if (type !== "end") return;
    const blocks = [...this.#blocks].toSorted(([one], [other]) => Number(one) - Number(other));
    const content = blocks.flatMap(([, block]) => block.build());
    const output = { message: { role: this.#role, content } };
    this.#response = Buffer.from(exactJson({ output, ...this.#ending }));
  }

  take(): Buffer {
    const response = this.#response;
    this.#response = nothing;
    return response;
  }

  #blockAt(index: unknown): BlockFold {
    const known = this.#blocks.get(index);
    if (known) return known;
    this.#count(blockLength);
    const block = new BlockFold();
    this.#blocks.set(index, block);
    return block;
  }

  #count(length: number): void {
    this.#length += length;
    if (this.#length > maxLength) throw cannotFold(`it is longer than ${maxLength} bytes`);
  }
}

const nothing = Buffer.alloc(0);
