// What Bedrock may answer in place of an answer: refusals, exceptions, and what is none of its protocol.
import {
  delta,
  ending,
  event,
  exception,
  pause,
  refusal,
  type Step,
} from "../../../lib/local/bedrock/script.ts";
import { frame } from "../../support/aws-frames.ts";
import type { ScriptedRow } from "../../support/fault-rows.ts";

const role = "arn:aws:sts::123456789012:assumed-role/service/function";
const message = `User ${role} at 10.1.2.3:8443 (bedrock.internal)\n\tat com.amazon.Service.call(Service.java:7)`;

function refused(status: number, name: string, becomes: string): ScriptedRow {
  const step: Step = { do: "respond", response: refusal(status, name, { message }) };
  return { fault: `refuses with ${status} ${name}`, becomes, script: () => [step] };
}

function answered(
  fault: string,
  response: Partial<Extract<Step, { do: "respond" }>["response"]>,
): ScriptedRow {
  const whole = { status: 200, headers: {}, body: "", ...response };
  return { fault, becomes: "502 UpstreamInvalid", script: () => [{ do: "respond", response: whole }] };
}

function firstFrame(fault: string, becomes: string, step: Step): ScriptedRow {
  return { fault: `${fault} as the first frame`, becomes, script: () => [step] };
}

function inStream(fault: string, name: string, step: Step): ScriptedRow {
  const script = () => [...beginning, step];
  return { fault: `${fault} in mid-stream`, becomes: `200 ${name}`, lines: [...types, "error"], script };
}

const beginning = [event("messageStart", { role: "assistant" }), delta(0, { text: "So far" })];
const types: NonNullable<ScriptedRow["lines"]> = ["start", "messageStart", "contentBlockDelta"];
const errorFrame: Step = {
  do: "bytes",
  bytes: frame({ ":message-type": "error", ":error-code": "InternalFailure", ":error-message": message }, ""),
};
const exceptionThatIsNoJson: Step = {
  do: "bytes",
  bytes: frame({ ":message-type": "exception", ":exception-type": "throttlingException" }, "not JSON"),
};

export const before: ScriptedRow[] = [
  refused(400, "ValidationException", "400 ValidationException"),
  refused(403, "AccessDeniedException", "502 UpstreamAccessDenied"),
  refused(403, "ExpiredTokenException", "502 UpstreamAccessDenied"),
  refused(403, "UnrecognizedClientException", "502 UpstreamAccessDenied"),
  refused(404, "ResourceNotFoundException", "502 ResourceNotFoundException"),
  refused(408, "ModelTimeoutException", "504 ModelTimeoutException"),
  refused(424, "ModelErrorException", "424 ModelErrorException"),
  refused(429, "ModelNotReadyException", "429 ModelNotReadyException"),
  refused(429, "ThrottlingException", "429 ThrottlingException"),
  refused(429, "ServiceQuotaExceededException", "502 UpstreamInvalid"),
  refused(500, "InternalServerException", "502 InternalServerException"),
  refused(503, "ServiceUnavailableException", "503 ServiceUnavailableException"),
  refused(418, "SomedayException", "502 UpstreamInvalid"),
  answered("answers 500 with nothing", { status: 500 }),
  answered("answers 503 with a web page", {
    status: 503,
    headers: { "content-type": "text/html" },
    body: "<html>",
  }),
  answered("answers 302", { status: 302, headers: { location: "http://127.0.0.1:9/" } }),
  answered("answers 204", { status: 204 }),
  answered("answers 200 with a web page", { headers: { "content-type": "text/html" }, body: "<html>" }),
  answered("answers 200 with JSON", { headers: { "content-type": "application/json" }, body: "{}" }),
  answered("answers 200 with bytes of no type", { body: "bytes" }),
];

export const first: ScriptedRow[] = [
  firstFrame("throttlingException", "429 ThrottlingException", exception("throttlingException", { message })),
  firstFrame("validationException", "400 ValidationException", exception("validationException", { message })),
  firstFrame(
    "internalServerException",
    "502 InternalServerException",
    exception("internalServerException", { message }),
  ),
  firstFrame(
    "modelStreamErrorException",
    "424 ModelStreamErrorException",
    exception("modelStreamErrorException", { message }),
  ),
  firstFrame(
    "serviceUnavailableException",
    "503 ServiceUnavailableException",
    exception("serviceUnavailableException", { message }),
  ),
  firstFrame("somedayException", "502 UpstreamInvalid", exception("somedayException", { message })),
  firstFrame("an error", "502 UpstreamInvalid", errorFrame),
  firstFrame("an exception that is no JSON", "429 ThrottlingException", exceptionThatIsNoJson),
  {
    fault: "an exception as the first frame, after two seconds",
    becomes: "200 ThrottlingException",
    lines: ["start", "error"],
    script: () => [{ do: "accept" }, pause(2000), exception("throttlingException", { message })],
  },
];

export const during: ScriptedRow[] = [
  inStream("throttlingException", "ThrottlingException", exception("throttlingException", { message })),
  inStream("validationException", "ValidationException", exception("validationException", { message })),
  inStream(
    "internalServerException",
    "InternalServerException",
    exception("internalServerException", { message }),
  ),
  inStream(
    "modelStreamErrorException",
    "ModelStreamErrorException",
    exception("modelStreamErrorException", { message }),
  ),
  inStream("modelTimeoutException", "ModelTimeoutException", exception("modelTimeoutException", { message })),
  inStream(
    "serviceUnavailableException",
    "ServiceUnavailableException",
    exception("serviceUnavailableException", { message }),
  ),
  inStream("somedayException", "UpstreamInvalid", exception("somedayException", { message })),
  inStream("an error", "UpstreamInvalid", errorFrame),
  inStream("an exception that is no JSON", "ThrottlingException", exceptionThatIsNoJson),
  {
    fault: "an exception after messageStop",
    becomes: "200 InternalServerException",
    script: (request) => [
      ...beginning,
      ...[...ending(request, "end_turn", 1)].slice(0, 1),
      exception("internalServerException", { message }),
    ],
  },
];
