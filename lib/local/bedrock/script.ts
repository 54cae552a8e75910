// What a scripted model is made of: the steps that it plays, and short ways to write them.
import type { JsonObject } from "../../wire.ts";

/** One step of an answer. Bedrock's 200 and its headers go out with `accept`, or with the first frame. */
export type Step =
  | { do: "event"; name: string; payload: JsonObject }
  | { do: "exception"; name: string; payload: JsonObject }
  /** Bytes as they stand: frames that are broken on purpose. */
  | { do: "bytes"; bytes: Uint8Array }
  | { do: "accept" }
  | { do: "pause"; milliseconds: number }
  /** Nothing more, connection open, until the client goes away. */
  | { do: "hang" }
  /** Closes the connection in mid-stream, with all earlier bytes sent. */
  | { do: "cut" }
  /** Another answer than an event stream; only as the first step. */
  | { do: "respond"; response: PlainResponse };

export interface PlainResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** A request that was accepted, as a script sees it. */
export interface ScriptedRequest {
  modelId: string;
  /** The whole request, as Bedrock's API defines it. */
  body: JsonObject;
  /** The text of the last user message. */
  prompt: string;
  /** An estimate: four characters are about a token. */
  inputTokens: number;
  /** When the request had arrived, in the time of `performance.now()`. */
  receivedAt: number;
  /** The pace of a paced model; 0 is full speed. */
  millisecondsPerDelta: number;
  /** How long `local.slow` is silent before its first event. */
  slowMs: number;
}

export interface ScriptedModel {
  description: string;
  /** Returned from early when the client goes away: `finally` blocks run. */
  script(request: ScriptedRequest): Iterable<Step> | AsyncIterable<Step>;
}

/** The answer with which Bedrock refuses a request. `name` is the shape's name, such as `ThrottlingException`. */
export function errorResponse(status: number, name: string, payload: JsonObject): PlainResponse {
  return {
    status,
    headers: {
      "content-type": "application/json",
      "x-amzn-errortype": `${name}:http://internal.amazon.com/coral/com.amazon.bedrock/`,
    },
    body: JSON.stringify(payload),
  };
}

export function event(name: string, payload: JsonObject): Step {
  return { do: "event", name, payload };
}

export function exception(name: string, payload: JsonObject): Step {
  return { do: "exception", name, payload };
}

export function pause(milliseconds: number): Step {
  return { do: "pause", milliseconds };
}

export function delta(contentBlockIndex: number, content: JsonObject): Step {
  return event("contentBlockDelta", { contentBlockIndex, delta: content });
}

/** The steps, each followed by the time that a model takes for a delta. */
export function* paced(request: ScriptedRequest, steps: Iterable<Step>): Generator<Step> {
  for (const step of steps) {
    yield step;
    yield pause(request.millisecondsPerDelta);
  }
}

/** The two last events of every whole answer. */
export function* ending(request: ScriptedRequest, stopReason: string, outputTokens: number): Generator<Step> {
  const { inputTokens } = request;
  yield event("messageStop", { stopReason });
  yield event("metadata", {
    usage: { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens },
    metrics: { latencyMs: Math.round(performance.now() - request.receivedAt) },
  });
}

/** Text in pieces of the size of tokens; together they are the text. */
export function tokensOf(text: string): string[] {
  return text.match(/\s*\S{1,8}|\s+/gu) ?? [];
}
