// Rows of Bedrock's error responses and exceptions, and of responses that do not follow its protocol.
import { ending, exception, pause, errorResponse, type Step } from "../../../lib/local/bedrock/script.ts";
import { begun } from "../../support/frames/begun-answer.ts";
import { frame } from "../../support/frames/aws-frames.ts";
import type { ScriptedRow } from "../../support/matrix/fault-rows.ts";

const role = "arn:aws:sts::123456789012:assumed-role/service/function";
const message = `User ${role} at 10.1.2.3:8443 (bedrock.internal)\n\tat com.amazon.Service.call(Service.java:7)`;

function respondsWithError(status: number, name: string, becomes: string): ScriptedRow {
  const step: Step = { do: "respond", response: errorResponse(status, name, { message }) };
  return { fault: `responds with ${status} ${name}`, becomes, script: () => [step] };
}

function responds(
  fault: string,
  response: Partial<Extract<Step, { do: "respond" }>["response"]>,
  becomes = "502 UpstreamInvalid",
): ScriptedRow {
  const complete = { status: 200, headers: {}, body: "", ...response };
  return { fault, becomes, script: () => [{ do: "respond", response: complete }] };
}

const page = { headers: { "content-type": "text/html" }, body: "<html>" };

/** A frame that is not an event. `name` is the service's error for it. If the frame comes first, the response has `status`. */
function failing(fault: string, status: number, name: string, step = exception(fault, { message })) {
  return { fault, status, name, step };
}

const errorFrame: Step = {
  do: "bytes",
  bytes: frame({ ":message-type": "error", ":error-code": "InternalFailure", ":error-message": message }, ""),
};
const exceptionWithoutJson: Step = {
  do: "bytes",
  bytes: frame({ ":message-type": "exception", ":exception-type": "throttlingException" }, "not JSON"),
};

export const errorResponseRows: ScriptedRow[] = [
  respondsWithError(400, "ValidationException", "400 ValidationException"),
  respondsWithError(403, "AccessDeniedException", "502 UpstreamAccessDenied"),
  respondsWithError(403, "ExpiredTokenException", "502 UpstreamAccessDenied"),
  respondsWithError(403, "UnrecognizedClientException", "502 UpstreamAccessDenied"),
  respondsWithError(404, "ResourceNotFoundException", "502 ResourceNotFoundException"),
  respondsWithError(408, "ModelTimeoutException", "504 ModelTimeoutException"),
  respondsWithError(424, "ModelErrorException", "424 ModelErrorException"),
  respondsWithError(429, "ModelNotReadyException", "429 ModelNotReadyException"),
  respondsWithError(429, "ThrottlingException", "429 ThrottlingException"),
  respondsWithError(429, "ServiceQuotaExceededException", "429 ThrottlingException"),
  respondsWithError(400, "TooManyRequestsException", "429 ThrottlingException"),
  respondsWithError(400, "RequestTimeout", "504 UpstreamTimeout"),
  respondsWithError(400, "ServiceQuotaExceededException", "502 UpstreamInvalid"),
  respondsWithError(500, "InternalServerException", "502 InternalServerException"),
  respondsWithError(503, "ServiceUnavailableException", "503 ServiceUnavailableException"),
  respondsWithError(418, "SomedayException", "502 UpstreamInvalid"),
  responds("responds with 429 and no body", { status: 429 }, "429 ThrottlingException"),
  responds("responds with 500 and no body", { status: 500 }, "502 InternalServerException"),
  responds("responds with 502 and a web page", { status: 502, ...page }, "502 UpstreamUnreachable"),
  responds("responds with 503 and a web page", { status: 503, ...page }, "503 ServiceUnavailableException"),
  responds("responds with 504 and no body", { status: 504 }, "504 UpstreamTimeout"),
  responds("responds with 403 and a web page", { status: 403, ...page }),
  responds("responds with 302", { status: 302, headers: { location: "http://127.0.0.1:9/" } }),
  responds("responds with 204", { status: 204 }),
  responds("responds with 200 and a web page", page),
  responds("responds with 200 and JSON", { headers: { "content-type": "application/json" }, body: "{}" }),
  responds("responds with 200 and bytes without a type", { body: "bytes" }),
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

export const firstFrameRows: ScriptedRow[] = [
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

export const midStreamRows: ScriptedRow[] = [
  ...frames.map(({ fault, name, step }): ScriptedRow => ({
    fault: `${fault} in mid-stream`,
    becomes: `200 ${name}`,
    lines: ["start", "messageStart", "contentBlockDelta", "error"],
    script: () => [...begun, step],
  })),
  {
    fault: "an exception after messageStop",
    becomes: "200 end",
    script: (request) => [
      ...begun,
      ...[...ending(request, "end_turn", 1)].slice(0, 1),
      exception("internalServerException", { message }),
    ],
  },
];
