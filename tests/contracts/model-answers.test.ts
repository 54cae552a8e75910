// Answers in the shapes that real models send, from AWS's codec through the relay to the client.
import { describe, expect, test } from "vitest";
import type { ConverseEvent } from "../../lib/client/index.ts";
import { connectClient } from "../support/callers/connected-client.ts";
import { eventFrame } from "../support/frames/aws-frames.ts";
import { modelAnswers, type ModelAnswer } from "../support/frames/model-answers.ts";
import { startRelay } from "../support/frames/relay-run.ts";
import { sendStream } from "../support/servers/line-service.ts";

const usage = { inputTokens: 51, outputTokens: 94, serverToolUsage: {}, totalTokens: 145 };

function eventsOf({ events }: ModelAnswer): ModelAnswer["events"] {
  return [
    ["messageStart", { role: "assistant" }],
    ...events,
    ["metadata", { metrics: { latencyMs: 966 }, usage }],
  ];
}

/** The bytes that the relay writes for Bedrock's answer. */
async function relayed(answer: ModelAnswer): Promise<Buffer> {
  const { upstream, sink, outcome } = startRelay();
  for (const [name, payload] of eventsOf(answer)) upstream.write(eventFrame(name, payload));
  upstream.end();
  expect((await outcome).error).toBeUndefined();
  return Buffer.concat(sink.writes);
}

describe.each(modelAnswers)("$shape", (answer) => {
  test("the answer reaches a loop over the events unchanged and in order", async () => {
    const bytes = await relayed(answer);
    const { client } = await connectClient(({ response }) => sendStream(response, bytes));
    const events: ConverseEvent[] = [];
    for await (const event of client.converse({ prompt: "Is it wet?" })) events.push(event);
    expect(events.slice(1, -1)).toEqual(eventsOf(answer).map(([type, payload]) => ({ type, ...payload })));
    expect(events.at(-1)).toMatchObject({ type: "end", stopReason: answer.stopReason, usage });
  });

  test("the answer adds up to the expected content and to a turn that Bedrock accepts", async () => {
    const bytes = await relayed(answer);
    const { client } = await connectClient(({ response }) => sendStream(response, bytes));
    const result = await client.converse({ prompt: "Is it wet?" }).result();
    expect(result).toMatchObject({ stopReason: answer.stopReason, usage, content: answer.content });
    expect(result.message).toEqual({ role: "assistant", content: answer.turn ?? answer.content });
    expect(result.additionalModelResponseFields).toEqual({ delta: { stop_sequence: null } });
  });
});
