// A request and answers with a secret in every place that can hold one. The answers are complete, or fail in many ways.
import {
  delta,
  ending,
  event,
  exception,
  errorResponse,
  type Step,
} from "../../../lib/local/bedrock/script.ts";
import { frame } from "../frames/aws-frames.ts";
import type { ScriptedRow } from "../matrix/fault-rows.ts";

/** Each place has its own secret, so that a leak shows where it comes from. */
export const secret = (place: string) => `SECRET-${place}-4f9c`;
export const anySecret = /SECRET|U0VDUkVU|local\/20|Signature=|AWS4-HMAC/i;
const message = `It broke at ${secret("upstream")} for account 123456789012`;

const said = [event("messageStart", { role: "assistant" }), delta(0, { text: secret("completion") })];
const toolUse = { toolUseId: secret("tool-id"), name: secret("tool-name") };
const all: Step[] = [
  ...said,
  delta(1, { reasoningContent: { text: secret("reasoning") } }),
  event("contentBlockStart", { contentBlockIndex: 2, start: { toolUse } }),
  delta(2, { toolUse: { input: `{"a":"${secret("tool-input")}"}` } }),
  event("contentBlockDelta", { contentBlockIndex: 3, delta: {}, later: secret("unknown-member") }),
];

function bytes(headers: Record<string, string>, payload: string): Step {
  return { do: "bytes", bytes: frame(headers, payload) };
}

function errorRow(status: number, name: string, becomes: string): ScriptedRow {
  const response = errorResponse(status, name, { message });
  return { fault: `${status} ${name}`, becomes, script: () => [{ do: "respond", response }] };
}

function broken(fault: string, becomes: string, ...steps: Step[]): ScriptedRow {
  return { fault, becomes, script: () => [...all, ...steps] };
}

const page = {
  status: 200,
  headers: { "content-type": "text/html" },
  body: secret("page"),
};
export const rows: ScriptedRow[] = [
  {
    fault: "a complete answer",
    becomes: "200 end",
    script: (request) => [...all, ...ending(request, "end_turn", 3)],
  },
  {
    fault: "an unknown stop reason",
    becomes: "200 end",
    script: (request) => [...said, ...ending(request, secret("stop-reason"), 1)],
  },
  errorRow(500, "InternalServerException", "502 InternalServerException"),
  errorRow(503, "ServiceUnavailableException", "503 ServiceUnavailableException"),
  errorRow(418, "SomedayException", "502 UpstreamInvalid"),
  { fault: "a web page", becomes: "502 UpstreamInvalid", script: () => [{ do: "respond", response: page }] },
  {
    fault: "a web page with status 500",
    becomes: "502 InternalServerException",
    script: () => [{ do: "respond", response: { ...page, status: 500 } }],
  },
  {
    fault: "an error response with an unknown name",
    becomes: "502 UpstreamInvalid",
    script: () => [{ do: "respond", response: errorResponse(400, secret("error-name"), { message }) }],
  },
  broken("an exception", "200 InternalServerException", exception("internalServerException", { message })),
  broken("an unknown exception", "200 UpstreamInvalid", exception("somedayException", { message })),
  broken(
    "an error frame",
    "200 UpstreamInvalid",
    bytes({ ":message-type": "error", ":error-code": "Odd", ":error-message": message }, ""),
  ),
  broken(
    "a payload that is not JSON",
    "200 StreamCorrupt",
    bytes({ ":message-type": "event", ":event-type": "x" }, secret("payload")),
  ),
  broken(
    "an event name with a quotation mark",
    "200 StreamCorrupt",
    bytes({ ":message-type": "event", ":event-type": `"${secret("name")}` }, "{}"),
  ),
  broken("a cut", "200 StreamTruncated", { do: "cut" }),
  broken("a stall", "200 UpstreamTimeout", { do: "hang" }),
];
/** Errors with a message that helps the caller. The message is sent to the caller, but never logged. */
export const explained: ScriptedRow[] = [
  errorRow(400, "ValidationException", "400 ValidationException"),
  errorRow(429, "ThrottlingException", "429 ThrottlingException"),
  errorRow(424, "ModelErrorException", "424 ModelErrorException"),
  broken(
    "an exception with a message for the caller",
    "200 ValidationException",
    exception("validationException", { message }),
  ),
];

const image = Buffer.from(secret("image")).toString("base64");
export const request = {
  system: [{ text: secret("system") }],
  messages: [
    {
      role: "user",
      content: [{ text: secret("prompt") }, { image: { format: "png", source: { bytes: image } } }],
    },
    {
      role: "assistant",
      content: [{ toolUse: { toolUseId: "t", name: "t", input: { a: secret("input") } } }],
    },
    {
      role: "user",
      content: [{ toolResult: { toolUseId: "t", content: [{ json: { a: secret("result") } }] } }],
    },
  ],
  toolConfig: { tools: [{ toolSpec: { name: "t", inputSchema: { json: { type: "object" } } } }] },
  requestMetadata: { team: secret("metadata") },
};
export const headers = {
  "x-secret": secret("header"),
  cookie: `a=${secret("cookie")}`,
  "user-agent": secret("agent"),
};
