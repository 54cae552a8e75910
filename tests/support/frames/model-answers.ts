// Answers in the shapes that models on Bedrock stream, each with the complete message that its events add up to.
//
// The answers are written by hand. Their shapes were checked against the recordings in https://github.com/vercel/ai, in
// packages/amazon-bedrock/src/__fixtures__.
import type { ContentBlock, Json, StopReason } from "../../../lib/wire.ts";

export interface ModelAnswer {
  /** The special feature of this answer. */
  shape: string;
  /** The events in the order of the stream, without `messageStart` and `metadata`, which are the same for all answers. */
  events: [name: string, payload: { [member: string]: Json }][];
  stopReason: StopReason;
  content: ContentBlock[];
  /** The content that Bedrock accepts in the next turn, if that is less than `content`. */
  turn?: ContentBlock[];
}

const pageOne = {
  location: { documentPage: { documentIndex: 0, start: 1, end: 2 } },
  sourceContent: [{ text: "Rain falls.\r\nIt’s wet.\r\n" }],
  title: "weather",
};
const forecast = { toolUseId: "functions.forecast:0", name: "forecast", input: { city: "Köln" } };
const noInput = { toolUseId: "tooluse_a1-B2", name: "now", input: {} };

export const modelAnswers: ModelAnswer[] = [
  {
    shape: "text whose blocks have no start event",
    events: [
      ...block(0, { text: "It" }, { text: " rains **h" }, { text: "ard**.\n\n1. Wet" }),
      stop("end_turn"),
    ],
    stopReason: "end_turn",
    content: [{ text: "It rains **hard**.\n\n1. Wet" }],
  },
  {
    shape: "reasoning that ends with an empty text and a signature",
    events: [
      ...block(
        0,
        { reasoningContent: { text: "Is it" } },
        { reasoningContent: { text: " wet?" } },
        { reasoningContent: { text: "" } },
        { reasoningContent: { signature: "c2lnbmF0dXJl" } },
      ),
      ...block(1, { text: "Yes." }),
      stop("end_turn"),
    ],
    stopReason: "end_turn",
    content: [
      { reasoningContent: { reasoningText: { text: "Is it wet?", signature: "c2lnbmF0dXJl" } } },
      { text: "Yes." },
    ],
  },
  {
    shape: "a tool call after redacted reasoning, with its input in small pieces",
    events: [
      ...block(0, { reasoningContent: { redactedContent: "cmVkYWN0ZWQ=" } }),
      toolStart(1, forecast),
      ...block(1, ...['{"', "city", '":"K', 'öln"', "}"].map((input) => ({ toolUse: { input } }))),
      stop("tool_use"),
    ],
    stopReason: "tool_use",
    content: [{ reasoningContent: { redactedContent: "cmVkYWN0ZWQ=" } }, { toolUse: forecast }],
  },
  {
    shape: "empty text blocks around reasoning without a signature",
    events: [
      ...block(0, { text: "" }),
      ...block(1, { reasoningContent: { text: " I need the weather." } }),
      ...block(2, { text: "" }),
      toolStart(3, forecast),
      ...block(3, { toolUse: { input: '{"city": "Köln"}' } }),
      ...block(4, { text: "" }),
      stop("tool_use"),
    ],
    stopReason: "tool_use",
    content: [
      { reasoningContent: { reasoningText: { text: " I need the weather." } } },
      { toolUse: forecast },
    ],
    turn: [{ toolUse: forecast }],
  },
  {
    shape: "a tool call without input, after text with an empty start",
    events: [
      ["contentBlockStart", { contentBlockIndex: 0, start: {} }],
      ...block(0, { text: "One moment." }),
      toolStart(1, noInput),
      ...block(1, { toolUse: { input: "" } }),
      stop("tool_use"),
    ],
    stopReason: "tool_use",
    content: [{ text: "One moment." }, { toolUse: noInput }],
  },
  {
    shape: "text with a citation between plain texts",
    events: [
      ...block(0, { text: "The document says " }),
      ...block(1, { citation: pageOne }, { text: "that rain" }, { text: " is wet" }),
      ...block(2, { text: ".\n" }),
      stop("end_turn"),
    ],
    stopReason: "end_turn",
    content: [
      { text: "The document says " },
      { citationsContent: { content: [{ text: "that rain is wet" }], citations: [pageOne] } },
      { text: ".\n" },
    ],
  },
];

function block(contentBlockIndex: number, ...deltas: { [member: string]: Json }[]): ModelAnswer["events"] {
  return [
    ...deltas.map((delta): ModelAnswer["events"][number] => [
      "contentBlockDelta",
      { contentBlockIndex, delta },
    ]),
    ["contentBlockStop", { contentBlockIndex }],
  ];
}

function toolStart(
  contentBlockIndex: number,
  { name, toolUseId }: { name: string; toolUseId: string },
): ModelAnswer["events"][number] {
  return ["contentBlockStart", { contentBlockIndex, start: { toolUse: { name, toolUseId } } }];
}

function stop(stopReason: string): ModelAnswer["events"][number] {
  return ["messageStop", { additionalModelResponseFields: { delta: { stop_sequence: null } }, stopReason }];
}
