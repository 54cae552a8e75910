// Turns the failures of a model server into Bedrock's errors.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_Errors
import { errorResponse, errorStatuses, exception, type Step } from "../bedrock/index.ts";
import { parseJson } from "./parse-json.ts";
import type { JsonObject } from "../../wire.ts";

type ErrorName = keyof typeof errorStatuses;

/** All other statuses become a `ModelErrorException`, except for the failures that `describeFailure` recognizes. */
const errorNames: Record<number, ErrorName> = {
  400: "ValidationException",
  404: "ResourceNotFoundException",
  408: "ModelTimeoutException",
  413: "ValidationException",
  422: "ValidationException",
  429: "ThrottlingException",
  503: "ServiceUnavailableException",
  504: "ModelTimeoutException",
};

/** A stream has only these exceptions and `modelStreamErrorException`. */
const streamExceptions: ErrorName[] = [
  "InternalServerException",
  "ServiceUnavailableException",
  "ThrottlingException",
  "ValidationException",
];

/** Words with which llama.cpp, vLLM, LM Studio and llama-cpp-python report a prompt that is too long. Their statuses differ. */
const tooLong = /\bcontext (size|length|window)\b|\bcontext_length_exceeded\b|\bexceed_context_size_error\b/i;
/** The statuses with which servers report a request that the model cannot serve. */
const faultsOfRequests = [400, 413, 500];
const unsupported = /\b(is|are) not supported\b|\bdoes not support\b/i;
const loading = /\bloading\b/i;
const maxMessageLength = 1000;

/** A failure that becomes an error response, or an exception if the stream has already begun. */
export class ServerFailure extends Error {
  override name = "ServerFailure";
  readonly bedrockName: ErrorName;
  readonly #details: JsonObject;

  constructor(bedrockName: ErrorName, message: string, details: JsonObject = {}) {
    super(message);
    this.bedrockName = bedrockName;
    this.#details = details;
  }

  /** The last step of an answer. `isStream` says whether events have been sent. */
  step(isStream: boolean): Step {
    const { bedrockName, message } = this;
    const payload = { message, ...this.#details };
    if (!isStream) {
      return { do: "respond", response: errorResponse(errorStatuses[bedrockName], bedrockName, payload) };
    }
    const name = streamExceptions.includes(bedrockName) ? bedrockName : "ModelStreamErrorException";
    return exception(name.charAt(0).toLowerCase() + name.slice(1), payload);
  }
}

/** No response arrived. Clients retry this error for a while, which helps if the server is still starting. */
export class UnreachableServer extends ServerFailure {
  /** Such as ECONNREFUSED. */
  readonly code: string;

  constructor(cause: unknown) {
    const { name, code = name, errors } = cause as Error & { code?: string; errors?: { code?: string }[] };
    // If a host has several addresses, only the errors about the single addresses have a code.
    const found = errors?.[0]?.code ?? code;
    // The service passes on this exception's message, but not the message of a ServiceUnavailableException.
    super(
      "ModelNotReadyException",
      `Cannot reach the model server: found ${found}; check that it is running`,
    );
    this.code = found;
  }
}

/** The stream broke, or did not follow the API. */
export function brokenStream(found: string): ServerFailure {
  return new ServerFailure("ModelErrorException", `Cannot read the model server's answer: ${found}`);
}

/** `body` is the text of an error response; a body that is not JSON, such as a proxy's web page, has no message. */
export function failedResponse(status: number, body: string): ServerFailure {
  return describeFailure(status, parseJson(body));
}

/** `error` is the chunk's member with this name. Its `code` may be a status. */
export function failedChunk(error: unknown): ServerFailure {
  const code = Number(membersOf(error)["code"]);
  return describeFailure(code >= 400 && code < 600 ? code : 500, { error });
}

function describeFailure(status: number, body: unknown): ServerFailure {
  const message = messageIn(body)?.slice(0, maxMessageLength) ?? `The model server's status is ${status}`;
  const { type, code } = membersOf(membersOf(body)["error"]);
  if (status === 401 || status === 403) {
    // The server's message may repeat the key.
    const found = `The model server rejects the key, or requires one (status ${status})`;
    return new ServerFailure("AccessDeniedException", found);
  }
  if (faultsOfRequests.includes(status)) {
    // Bedrock's own error has this first sentence, and clients recognize a prompt that is too long by it.
    const sentence = `Input is too long for requested model. ${message}`;
    if (tooLong.test(`${type} ${code} ${message}`)) return new ServerFailure("ValidationException", sentence);
    if (unsupported.test(message)) return new ServerFailure("ValidationException", message);
  }
  if (status === 503 && loading.test(message)) return new ServerFailure("ModelNotReadyException", message);
  const name = errorNames[status];
  if (name !== undefined) return new ServerFailure(name, message);
  return new ServerFailure("ModelErrorException", message, { originalStatusCode: status });
}

/** The message in `{"error": {"message": …}}`, `{"error": …}`, `{"message": …}` or FastAPI's `{"detail": …}`. */
function messageIn(body: unknown): string | undefined {
  if (typeof body === "string" && body !== "") return body;
  const { error, message, detail } = membersOf(body);
  if (Array.isArray(detail)) return JSON.stringify(detail);
  const inside = error ?? message ?? detail;
  return inside === undefined ? undefined : messageIn(inside);
}

function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
