// Checks with AWS's SDK that the Converse response, which the service makes from a stream, has all members that the SDK declares.
import {
  ConverseCommand,
  type ContentBlock,
  type ContentBlockDelta,
  type ContentBlockStart,
  type ConverseResponse,
  type ConverseStreamMetadataEvent,
  type MessageStopEvent,
  type ReasoningContentBlockDelta,
} from "@aws-sdk/client-bedrock-runtime";
import { describe, expect, onTestFinished, test } from "vitest";
import { ConverseFold } from "../../lib/stream/converse/converse-fold.ts";
import { userSays } from "../support/callers/bedrock-client.ts";
import { createServiceClient } from "../support/callers/service-sdk-client.ts";
import { waitFor } from "../support/deadline.ts";
import { modelAnswers } from "../support/frames/model-answers.ts";
import { serve } from "../support/servers/http-server.ts";

type Event = [name: string, payload: object];

function fold(events: Event[]): Buffer {
  const folding = new ConverseFold();
  for (const [name, payload] of events) folding.event(name, Buffer.from(JSON.stringify(payload)));
  folding.own({ type: "end", stopReason: "end_turn", timing: { totalMs: 1 } });
  return folding.take();
}

/** The response as the SDK returns it, without the SDK's own `$metadata`. */
async function readWithSdk(response: Buffer): Promise<object> {
  const server = await serve((_, outgoing) => {
    outgoing.writeHead(200, { "content-type": "application/json" }).end(response);
  });
  onTestFinished(() => server.close());
  const client = createServiceClient(server.url);
  onTestFinished(() => client.destroy());
  const asked = client.send(new ConverseCommand({ modelId: "x", ...userSays("x") }));
  const { $metadata: _, ...rest } = await waitFor("The response", asked);
  return rest;
}

/** Events for each member of one of the SDK's unions. This file does not compile if an entry for a member is missing. */
type Kinds<Visitor> = Record<Exclude<keyof Visitor, "_">, Event[]>;

const bytes = (text: string) => Buffer.from(text).toString("base64");
const at = (contentBlockIndex: number, delta: object): Event => [
  "contentBlockDelta",
  { contentBlockIndex, delta },
];
const begins = (contentBlockIndex: number, start: object): Event => [
  "contentBlockStart",
  { contentBlockIndex, start },
];

const reasoning: Kinds<ReasoningContentBlockDelta.Visitor<unknown>> = {
  text: [at(0, { reasoningContent: { text: "Is it " } }), at(0, { reasoningContent: { text: "wet?" } })],
  signature: [at(0, { reasoningContent: { signature: "signed" } })],
  redactedContent: [at(1, { reasoningContent: { redactedContent: bytes("redacted") } })],
};
const starts: Kinds<ContentBlockStart.Visitor<unknown>> = {
  toolUse: [begins(3, { toolUse: { toolUseId: "t1", name: "forecast", type: "server_tool_use" } })],
  toolResult: [begins(4, { toolResult: { toolUseId: "t1", type: "search", status: "success" } })],
  image: [begins(6, { image: { format: "png" } }), begins(7, { image: { format: "gif" } })],
};
const deltas: Kinds<ContentBlockDelta.Visitor<unknown>> = {
  reasoningContent: Object.values(reasoning).flat(),
  text: [at(2, { text: "It " }), at(2, { text: "rains." })],
  toolUse: [
    at(3, { toolUse: { input: '{"city":"Kö' } }),
    at(3, { toolUse: { input: 'ln","days":[1,2.5]}' } }),
  ],
  toolResult: [at(4, { toolResult: [{ text: "wet" }] }), at(4, { toolResult: [{ json: { mm: 3 } }] })],
  citation: [
    at(5, { text: "Rain is " }),
    at(5, {
      citation: {
        title: "weather",
        source: "s",
        sourceContent: [{ text: "Rain falls." }],
        location: { documentPage: { documentIndex: 0, start: 1, end: 2 } },
      },
    }),
    at(5, { text: "wet" }),
  ],
  image: [
    at(6, { image: { source: { bytes: bytes("pict") } } }),
    at(6, { image: { source: { bytes: bytes("ure") } } }),
    at(7, { image: { error: { message: "No picture" } } }),
  ],
};
const content: ContentBlock[] = [
  { reasoningContent: { reasoningText: { text: "Is it wet?", signature: "signed" } } },
  { reasoningContent: { redactedContent: Uint8Array.from(Buffer.from("redacted")) } },
  { text: "It rains." },
  {
    toolUse: {
      toolUseId: "t1",
      name: "forecast",
      type: "server_tool_use",
      input: { city: "Köln", days: [1, 2.5] },
    },
  },
  {
    toolResult: {
      toolUseId: "t1",
      type: "search",
      status: "success",
      content: [{ text: "wet" }, { json: { mm: 3 } }],
    },
  },
  {
    citationsContent: {
      content: [{ text: "Rain is wet" }],
      citations: [
        {
          title: "weather",
          source: "s",
          sourceContent: [{ text: "Rain falls." }],
          location: { documentPage: { documentIndex: 0, start: 1, end: 2 } },
        },
      ],
    },
  },
  { image: { format: "png", source: { bytes: Uint8Array.from(Buffer.from("picture")) } } },
  { image: { format: "gif", error: { message: "No picture" } } as never },
];
const stop: Required<MessageStopEvent> = {
  stopReason: "end_turn",
  additionalModelResponseFields: { stop_sequence: null, scores: [0.5] },
};
const metadata: Required<ConverseStreamMetadataEvent> = {
  usage: {
    inputTokens: 5,
    outputTokens: 9,
    totalTokens: 14,
    cacheReadInputTokens: 1,
    cacheWriteInputTokens: 2,
    cacheDetails: [{ ttl: "5m", inputTokens: 2 }],
  },
  metrics: { latencyMs: 966 },
  trace: {
    promptRouter: { invokedModelId: "amazon.nova-lite-v1:0" },
    guardrail: { modelOutput: ["It rains."], actionReason: "none" },
  },
  performanceConfig: { latency: "optimized" },
  serviceTier: { type: "priority" },
};

describe("Converse's response", () => {
  test("Converse's response has all kinds of content and all members that the SDK knows", async () => {
    const response = fold([
      ["messageStart", { role: "assistant", p: "abc" }],
      ...Object.values(starts).flat(),
      ...Object.values(deltas).flat(),
      ["messageStop", { ...stop, p: "a" }],
      ["metadata", { ...metadata, p: "ab" }],
    ]);
    const expected: Required<ConverseResponse> = {
      output: { message: { role: "assistant", content } },
      ...stop,
      ...metadata,
    };
    expect(await readWithSdk(response)).toEqual(expected);
    // The SDK drops members that it does not know.
    const { output, ...others } = JSON.parse(response.toString()) as Record<string, object>;
    expect(Object.keys(output!)).toEqual(["message"]);
    expect(others).toEqual({ ...stop, ...metadata });
  });

  test.each(modelAnswers)(
    "the response made from $shape has the same content as the message that our client makes from the events",
    ({ events, content: found }) => {
      const response = JSON.parse(fold([["messageStart", { role: "assistant" }], ...events]).toString());
      expect(response).toMatchObject({ output: { message: { role: "assistant", content: found } } });
    },
  );
});
