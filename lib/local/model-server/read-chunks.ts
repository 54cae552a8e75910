// Reads the server-sent events of a chat completion as checked chunks.
// https://platform.openai.com/docs/api-reference/chat-streaming
import { createParser } from "eventsource-parser";
import * as v from "valibot";
import { isPresent } from "../bedrock/index.ts";
import type { ServerResponse } from "./model-server.ts";
import { parseJson } from "./parse-json.ts";
import { brokenStream, failedChunk, ServerFailure } from "./server-failure.ts";

const endWithinMs = 1000;
const maxRestBytes = 64 * 1024;

const text = v.nullish(v.string());
const count = v.nullish(v.number());

const toolCall = v.object({
  index: count,
  id: text,
  function: v.nullish(
    v.object({
      name: text,
      /** Some servers send an object instead of its JSON. */
      arguments: v.nullish(v.union([v.string(), v.record(v.string(), v.unknown())])),
    }),
  ),
});

const choice = v.object({
  delta: v.nullish(
    v.object({
      content: text,
      refusal: text,
      /** The reasoning of llama.cpp, DeepSeek and LM Studio. */
      reasoning_content: text,
      /** The reasoning of vLLM, Ollama and OpenRouter. */
      reasoning: text,
      tool_calls: v.nullish(v.array(toolCall)),
    }),
  ),
  finish_reason: text,
  /** Sent by vLLM: the stop sequence, or a stop token's id. */
  stop_reason: v.nullish(v.union([v.string(), v.number()])),
});

const chunkForm = v.object({
  choices: v.nullish(v.array(choice)),
  usage: v.nullish(v.object({ prompt_tokens: count, completion_tokens: count })),
  error: v.optional(v.unknown()),
});

export type Chunk = v.InferOutput<typeof chunkForm>;
export type ToolCallPiece = v.InferOutput<typeof toolCall>;

/**
 * Yields each chunk as soon as its event is complete. Ends after `[DONE]`, or at the end of a stream in which an answer was
 * finished. Throws `ServerFailure` for an error that the server sends, and for a stream that breaks or ends too early.
 */
export async function* readChunks(body: ServerResponse["body"]): AsyncGenerator<Chunk> {
  let isFinished = false;
  let isDone = false;
  try {
    for await (const data of readEvents(body)) {
      isDone = data === "[DONE]";
      if (isDone) return;
      const chunk = readChunk(data);
      isFinished ||= Boolean(chunk.choices?.some(({ finish_reason: reason }) => reason));
      yield chunk;
    }
  } catch (error) {
    if (error instanceof ServerFailure) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    // Once the answer is finished, only the token counts are missing, and they are estimated.
    if (!isFinished) throw brokenStream(`the connection broke (${code ?? message})`);
  } finally {
    close(body, isDone);
  }
  if (!isFinished) throw brokenStream("it ended early");
}

/** Yields the data of each event. */
async function* readEvents(body: ServerResponse["body"]): AsyncGenerator<string> {
  const waiting: string[] = [];
  const parser = createParser({
    onEvent: ({ data }) => void waiting.push(data),
    onError({ field, value }) {
      // Earlier versions of llama.cpp send errors in a field of this name, which server-sent events do not have.
      if (field === "error") waiting.push(`{"error":${value}}`);
    },
  });
  const decoder = new TextDecoder();
  for await (const bytes of body.iterator({ destroyOnReturn: false })) {
    parser.feed(decoder.decode(bytes as Buffer, { stream: true }));
    yield* waiting.splice(0);
  }
  // Some servers leave out the empty line after the last event.
  parser.feed(`${decoder.decode()}\n\n`);
  yield* waiting;
}

function readChunk(data: string): Chunk {
  const { success, output } = v.safeParse(chunkForm, parseJson(data));
  // The message does not quote the event, because the event may contain a part of the answer.
  if (!success) throw brokenStream("an event is not a chunk of a chat completion");
  if (isPresent(output.error)) throw failedChunk(output.error);
  return output;
}

/** After `[DONE]` the connection can be used again, unless the server keeps the response open. */
function close(body: ServerResponse["body"], isDone: boolean): void {
  // undici also emits an error when this side ends the request.
  if (!isDone) return void body.on("error", () => {}).destroy();
  body.dump({ limit: maxRestBytes, signal: AbortSignal.timeout(endWithinMs) }).catch(() => {
    // The answer is complete, so it does not matter how the connection ends.
  });
}
