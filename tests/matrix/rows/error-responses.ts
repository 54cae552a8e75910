// Rows of Bedrock's error responses and exceptions, and of responses that do not follow its protocol.
import {
  delta,
  ending,
  event,
  exception,
  pause,
  errorResponse,
  type Step,
} from "../../../lib/local/bedrock/script.ts";
import { frame } from "../../support/frames/aws-frames.ts";
import type { ScriptedRow } from "../../support/rows/fault-rows.ts";

const role = "arn:aws:sts::123456789012:assumed-role/service/function";
const message = `User ${role} at 10.1.2.3:8443 (bedrock.internal)\n\tat com.amazon.Service.call(Service.java:7)`;

function rejected(status: number, name: string, becomes: string): ScriptedRow {
  const step: Step = { do: "respond", response: errorResponse(status, name, { message }) };
  return { fault: `responds with ${status} ${name}`, becomes, script: () => [step] };
}

function answered(
  fault: string,
  response: Partial<Extract<Step, { do: "respond" }>["response"]>,
  becomes = "502 UpstreamInvalid",
): ScriptedRow {
  const whole = { status: 200, headers: {}, body: "", ...response };
  return { fault, becomes, script: () => [{ do: "respond", response: whole }] };
}

const page = { headers: { "content-type": "text/html" }, body: "<html>" };

/** A frame instead of an event. `name` is our error, and `status` its status as the first frame. */
function failing(fault: string, status: number, name: string, step = exception(fault, { message })) {
  return { fault, status, name, step };
}

const beginning = [event("messageStart", { role: "assistant" }), delta(0, { text: "So far" })];
const errorFrame: Step = {
  do: "bytes",
  bytes: frame({ ":message-type": "error", ":error-code": "InternalFailure", ":error-message": message }, ""),
};
const exceptionWithoutJson: Step = {
  do: "bytes",
  bytes: frame({ ":message-type": "exception", ":exception-type": "throttlingException" }, "not JSON"),
};

export const before: ScriptedRow[] = [
  rejected(400, "ValidationException", "400 ValidationException"),
  rejected(403, "AccessDeniedException", "502 UpstreamAccessDenied"),
  rejected(403, "ExpiredTokenException", "502 UpstreamAccessDenied"),
  rejected(403, "UnrecognizedClientException", "502 UpstreamAccessDenied"),
  rejected(404, "ResourceNotFoundException", "502 ResourceNotFoundException"),
  rejected(408, "ModelTimeoutException", "504 ModelTimeoutException"),
  rejected(424, "ModelErrorException", "424 ModelErrorException"),
  rejected(429, "ModelNotReadyException", "429 ModelNotReadyException"),
  rejected(429, "ThrottlingException", "429 ThrottlingException"),
  rejected(429, "ServiceQuotaExceededException", "429 ThrottlingException"),
  rejected(400, "TooManyRequestsException", "429 ThrottlingException"),
  rejected(400, "RequestTimeout", "504 UpstreamTimeout"),
  rejected(400, "ServiceQuotaExceededException", "502 UpstreamInvalid"),
  rejected(500, "InternalServerException", "502 InternalServerException"),
  rejected(503, "ServiceUnavailableException", "503 ServiceUnavailableException"),
  rejected(418, "SomedayException", "502 UpstreamInvalid"),
  answered("responds with 429 and no body", { status: 429 }, "429 ThrottlingException"),
  answered("responds with 500 and no body", { status: 500 }, "502 InternalServerException"),
  answered("responds with 502 and a web page", { status: 502, ...page }, "502 UpstreamUnreachable"),
  answered("responds with 503 and a web page", { status: 503, ...page }, "503 ServiceUnavailableException"),
  answered("responds with 504 and no body", { status: 504 }, "504 UpstreamTimeout"),
  answered("responds with 403 and a web page", { status: 403, ...page }),
  answered("responds with 302", { status: 302, headers: { location: "http://127.0.0.1:9/" } }),
  answered("responds with 204", { status: 204 }),
  answered("responds with 200 and a web page", page),
  answered("responds with 200 and JSON", { headers: { "content-type": "application/json" }, body: "{}" }),
  answered("responds with 200 and bytes without a type", { body: "bytes" }),
];

const frames = [
  failing("throttlingException", 429, "ThrottlingException"),
  failing("validationException", 400, "ValidationException"),
  failing("internalServerException", 502, "InternalServerException"),
  failing("modelStreamErrorException", 424, "ModelStreamErrorException"),
  failing("modelTimeoutException", 504, "ModelTimeoutException"),
  failing("serviceUnavailableException", 503, "ServiceUnavailableException"),
  failing("somedayException", 502, "UpstreamInvalid"),
  failing("an error", 502, "InternalServerException", errorFrame),
  failing("an exception that is not JSON", 429, "ThrottlingException", exceptionWithoutJson),
];

export const first: ScriptedRow[] = [
  ...frames.map(({ fault, status, name, step }) => ({
    fault: `${fault} as the first frame`,
    becomes: `${status} ${name}`,
    script: () => [step],
  })),
  {
    fault: "an exception as the first frame, after two seconds",
    becomes: "200 ThrottlingException",
    lines: ["start", "error"],
    script: () => [{ do: "accept" }, pause(2000), exception("throttlingException", { message })],
  },
];

export const during: ScriptedRow[] = [
  ...frames.map(({ fault, name, step }): ScriptedRow => ({
    fault: `${fault} in mid-stream`,
    becomes: `200 ${name}`,
    lines: ["start", "messageStart", "contentBlockDelta", "error"],
    script: () => [...beginning, step],
  })),
  {
    fault: "an exception after messageStop",
    becomes: "200 end",
    script: (request) => [
      ...beginning,
      ...[...ending(request, "end_turn", 1)].slice(0, 1),
      exception("internalServerException", { message }),
    ],
  },
];
