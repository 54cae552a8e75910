// Turns the chunks of one chat completion into the events of ConverseStream.
import { estimateTokens, event, type ScriptedRequest, type Step } from "../bedrock/index.ts";
import { ContentBlocks } from "./content-blocks.ts";
import type { Chunk } from "./read-chunks.ts";
import { brokenStream } from "./server-failure.ts";

/**
 * Maps the server's stop reasons to Bedrock's. Reasons that are neither here nor in `failures` are passed on unchanged: clients
 * have to expect new ones from Bedrock as well.
 *
 * A finished answer with a tool call gets `tool_use`, because some servers send `stop` after a tool call.
 */
const stopReasons: Record<string, string> = {
  stop: "end_turn",
  eos: "end_turn",
  eos_token: "end_turn",
  tool_calls: "tool_use",
  function_call: "tool_use",
  length: "max_tokens",
  model_length: "model_context_window_exceeded",
  content_filter: "content_filtered",
};
/** The reasons with which servers report that they failed to complete the answer. */
const failures = ["error", "abort", "insufficient_system_resource"];

export interface Answer {
  /** The events that a chunk adds. */
  read(chunk: Chunk): Iterable<Step>;
  /** The last events, once the stream is complete. */
  end(): Iterable<Step>;
}

export function createAnswer(request: ScriptedRequest): Answer {
  const blocks = new ContentBlocks();
  let isStarted = false;
  let isStopped = false;
  let usage: Chunk["usage"];

  function* start(): Generator<Step> {
    if (isStarted) return;
    isStarted = true;
    yield event("messageStart", { role: "assistant" });
  }

  function* stop(reason: string): Generator<Step> {
    if (isStopped) return;
    isStopped = true;
    yield* start();
    yield* blocks.close();
    yield event("messageStop", {
      stopReason: reason === "end_turn" && blocks.hasToolUse ? "tool_use" : reason,
    });
  }

  function* read({ choices, usage: counted }: Chunk): Generator<Step> {
    usage = counted ?? usage;
    const [choice] = choices ?? [];
    if (!choice) return;
    yield* start();
    const { delta, finish_reason: reason } = choice;
    // No content can follow `messageStop`.
    if (delta && !isStopped) {
      // OpenRouter sends the same reasoning under both names.
      yield* blocks.add("reasoning", delta.reasoning_content ?? delta.reasoning ?? "");
      yield* blocks.add("text", delta.content ?? delta.refusal ?? "");
      for (const piece of delta.tool_calls ?? []) yield* blocks.addToolCall(piece);
    }
    if (!reason) return;
    if (failures.includes(reason)) throw brokenStream(`it ended with "${reason}"`);
    const isSequence = reason === "stop" && typeof choice.stop_reason === "string";
    yield* stop(isSequence ? "stop_sequence" : (stopReasons[reason] ?? reason));
  }

  function* end(): Generator<Step> {
    yield* stop("end_turn");
    const { prompt_tokens: inputTokens, completion_tokens: outputTokens } = usage ?? {};
    const counts = {
      inputTokens: inputTokens ?? request.inputTokens,
      outputTokens: outputTokens ?? estimateTokens(blocks.text),
    };
    yield event("metadata", {
      usage: { ...counts, totalTokens: counts.inputTokens + counts.outputTokens },
      metrics: { latencyMs: Math.round(performance.now() - request.receivedAt) },
      // Bedrock has no such member, and SDKs ignore it. It marks the counts as estimates for people who read the event.
      ...((inputTokens === undefined || outputTokens === undefined) && { usageIsEstimate: true }),
    });
  }

  return { read, end };
}
