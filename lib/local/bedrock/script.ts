// The steps of a scripted model, and functions that make them.
import { randomUUID } from "node:crypto";
import type { ErrorName } from "../../stream/converse-error.ts";
import type { JsonObject } from "../../wire.ts";

/** One step of a response. `accept` sends the status 200 and the headers. Without it, they are sent with the first frame. */
export type Step =
  | { do: "event"; name: string; payload: JsonObject }
  | { do: "exception"; name: string; payload: JsonObject }
  /** Sends bytes as they are, for frames that are broken on purpose. */
  | { do: "bytes"; bytes: Uint8Array }
  | { do: "accept" }
  | { do: "pause"; milliseconds: number }
  /** Sends nothing more and keeps the connection open until the client disconnects. */
  | { do: "hang" }
  /** Closes the connection without ending the response, after all earlier bytes were sent. */
  | { do: "cut" }
  /** Sends a response that is not an event stream. Only possible before a status was sent. */
  | { do: "respond"; response: PlainResponse };

export interface PlainResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** A valid request, as a script gets it. */
export interface ScriptedRequest {
  modelId: string;
  /** The complete request, as Bedrock's API defines it. */
  body: JsonObject;
  /** The text of the last user message. */
  prompt: string;
  /** An estimate, with four characters for a token. */
  inputTokens: number;
  /** The time of arrival, from `performance.now()`. */
  receivedAt: number;
  /** The pause after each delta of a paced model. 0 is full speed. */
  millisecondsPerDelta: number;
  /** Milliseconds of silence before the first event of `local.slow`. */
  slowMs: number;
  /** Aborted when the client disconnects. For scripts that wait for something other than a pause. */
  disconnected: AbortSignal;
}

export interface ScriptedModel {
  description: string;
  /** The provider in the list of models. Default: the part of the id before the first dot. */
  provider?: string;
  /** The error that the service's callers get for this model. Undefined if they get a complete answer. */
  becomes?: ErrorName;
  /** If the client disconnects, the generator's `return` is called, so that its `finally` blocks run. */
  script(request: ScriptedRequest): Iterable<Step> | AsyncIterable<Step>;
}

export function jsonResponse(payload: JsonObject): PlainResponse {
  return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(payload) };
}

/** A Bedrock error response. `name` is the error's name in the API, such as `ThrottlingException`. */
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

/** The steps, with the pause of a paced model after each. */
export function* paced(request: ScriptedRequest, steps: Iterable<Step>): Generator<Step> {
  for (const step of steps) {
    yield step;
    yield pause(request.millisecondsPerDelta);
  }
}

/**
 * The last two events of every complete answer. The members of `counted` are added to the usage, or replace the usage's members
 * of the same name.
 */
export function* ending(
  request: ScriptedRequest,
  stopReason: string,
  outputTokens: number,
  counted: Record<string, number> = {},
): Generator<Step> {
  const usage = { inputTokens: request.inputTokens, outputTokens, ...counted };
  yield event("messageStop", { stopReason });
  yield event("metadata", {
    usage: { totalTokens: usage.inputTokens + usage.outputTokens, ...usage },
    metrics: { latencyMs: Math.round(performance.now() - request.receivedAt) },
  });
}

export function newToolUseId(): string {
  return `tooluse_${randomUUID().replaceAll("-", "")}`;
}

/** Splits a text into pieces the size of tokens. */
export function tokensOf(text: string): string[] {
  return text.match(/\s*\S{1,8}|\s+/gu) ?? [];
}
