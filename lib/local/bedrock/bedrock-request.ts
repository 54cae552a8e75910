// Checks the path, authorization and body of a request as Bedrock does.
import type { AwsCredentials } from "../execution-role.ts";
import { checkConversation, usesTools } from "./validation/check-conversation.ts";
import { checkSettings } from "./validation/request-options.ts";
import { isJsonObject, ValidationError } from "./validation/validation-error.ts";
import { errorResponse } from "./script.ts";
import type { PlainResponse } from "./script.ts";
import type { JsonObject } from "../../wire.ts";

/** A request as it was received. HTTP/2's `:authority` is in `headers` as `host`. */
export interface ReceivedRequest {
  method: string;
  /** Includes the query, exactly as sent. */
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

/** Resolves with the error message for an invalid signature, or undefined for a valid one. */
export type Verify = (request: ReceivedRequest, credentials: AwsCredentials) => Promise<string | undefined>;

/** The parts of a valid request that a scripted model needs. */
export interface BedrockRequest {
  operation: "converse" | "converse-stream";
  modelId: string;
  body: JsonObject;
  prompt: string;
  inputTokens: number;
}

interface CheckOptions {
  credentials?: AwsCredentials | undefined;
  verify?: Verify | undefined;
}

/** Resolves with the request, or with the error response that Bedrock would send. */
export async function checkBedrockRequest(
  raw: ReceivedRequest,
  options: CheckOptions,
): Promise<BedrockRequest | PlainResponse> {
  const path = raw.path.split("?", 1)[0] ?? "";
  const [, encodedModelId, operation] = /^\/model\/([^/]+)\/(converse|converse-stream)$/.exec(path) ?? [];
  if (raw.method !== "POST" || !encodedModelId) {
    const message =
      `The operation is unknown: ${raw.method} ${path.slice(0, 200)}; the local Bedrock has ` +
      "POST /model/{modelId}/converse-stream and POST /model/{modelId}/converse";
    return reject(404, "UnknownOperationException", message);
  }
  const problem = await problemWithAuthorization(raw, options);
  if (problem) return reject(403, ...problem);
  const body = parseObject(raw.body);
  if (!body) return reject(400, "SerializationException", "The request body is not a JSON object");
  const messages = validate(body);
  if (messages instanceof ValidationError) return reject(400, "ValidationException", messages.message);
  return {
    operation: operation === "converse" ? operation : "converse-stream",
    modelId: decode(encodedModelId),
    body,
    prompt: textOf(messages.findLast((message) => message["role"] === "user")),
    inputTokens: Math.ceil(messages.reduce((sum, message) => sum + textOf(message).length, 0) / 4),
  };
}

function reject(status: number, name: string, message: string): PlainResponse {
  return errorResponse(status, name, { message });
}

/** Accepts any bearer token and any access key, but verifies signatures of the known access key. */
async function problemWithAuthorization(
  raw: ReceivedRequest,
  { credentials, verify }: CheckOptions,
): Promise<[name: string, message: string] | undefined> {
  const authorization = String(raw.headers["authorization"] ?? "");
  const accessKeyId = /^AWS4-HMAC-SHA256 .*Credential=([^/,\s]+)\//.exec(authorization)?.[1];
  if (accessKeyId === undefined && !/^Bearer \S/.test(authorization)) {
    return ["MissingAuthenticationTokenException", "Missing Authentication Token"];
  }
  if (!verify || !credentials || accessKeyId !== credentials.accessKeyId) return undefined;
  const message = await verify(raw, credentials);
  return message === undefined ? undefined : ["InvalidSignatureException", message];
}

function parseObject(bytes: Buffer): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function validate(body: JsonObject): JsonObject[] | ValidationError {
  try {
    const messages = checkConversation(body["messages"]);
    checkSettings(body, usesTools(messages));
    return messages;
  } catch (error) {
    if (error instanceof ValidationError) return error;
    throw error;
  }
}

function textOf(message: JsonObject | undefined): string {
  const blocks = (message?.["content"] ?? []) as JsonObject[];
  return blocks.map((block) => textOfBlock(block)).join("");
}

/** Texts in a guardrail's content count as well. */
function textOfBlock({ text, guardContent }: JsonObject): string {
  if (typeof text === "string") return text;
  const guarded = isJsonObject(guardContent) ? guardContent["text"] : undefined;
  return isJsonObject(guarded) && typeof guarded["text"] === "string" ? guarded["text"] : "";
}

/** An id that cannot be decoded stays as it is, and matches no model. */
function decode(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
