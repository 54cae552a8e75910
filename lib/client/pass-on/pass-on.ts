// Passes an answer on as a web stream or as the response of a web server. The code for this is loaded when it is first used.
import { textsOf } from "../answer-iterators.ts";
import type { AnswerFormat, ReadableStreamOptions, ResponseOptions } from "../converse-stream.ts";
import { ConfigurationError } from "../errors.ts";
import { loadOnDemand } from "../load-on-demand.ts";
import type { ReceivedLine } from "../ndjson.ts";
import type { LineSource, Pull } from "./passed-on-answer.ts";

/** An answer that nobody has started to read. */
export interface UnreadAnswer {
  /** Yields an `error` line too, and then throws the error. Throws if reading the answer has already begun. */
  readLines(): AsyncIterableIterator<ReceivedLine>;
  abort(reason: unknown): void;
}

const formats: readonly AnswerFormat[] = ["ndjson", "sse", "text"];

export function toReadableStream(
  answer: UnreadAnswer,
  { format = "ndjson" }: ReadableStreamOptions = {},
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const source = begin(answer, format);
  let pull: Pull | undefined;
  // Nothing is read before the consumer asks for it, so that a slow consumer slows the service down too.
  return new ReadableStream(
    {
      async pull(controller) {
        pull ??= (await load(source)).pullFrom(source);
        await pull(controller);
      },
      cancel: source.abort,
    },
    { highWaterMark: 0 },
  );
}

export async function toResponse(answer: UnreadAnswer, options: ResponseOptions = {}): Promise<Response> {
  const source = begin(answer, options.format ?? "ndjson");
  return (await load(source)).responseOf(source, options);
}

function begin({ readLines, abort }: UnreadAnswer, format: AnswerFormat): LineSource {
  if (formats.includes(format)) return { lines: readLines(), format, abort, textsOf };
  throw new ConfigurationError(
    `Cannot write an answer as ${JSON.stringify(format)}: there is no such format; use ndjson, sse or text`,
  );
}

async function load({ abort }: LineSource): ReturnType<typeof loadOnDemand> {
  try {
    return await loadOnDemand();
  } catch (error) {
    // Nobody can read the answer any more, so it must not continue and be billed.
    abort(error);
    throw error;
  }
}
