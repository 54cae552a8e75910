// Checks a request as Bedrock does: path, authorization, body. Gives what a script needs, or the refusal.
import { checkConversation, usesTools } from "./validation/conversation.ts";
import { checkSettings } from "./validation/settings.ts";
import { isObject, ValidationError } from "./validation/validation-error.ts";
import { errorResponse } from "./script.ts";
import type { PlainResponse } from "./script.ts";
import type { JsonObject } from "../../wire.ts";

/** A request as it came in, for whoever checks its signature. HTTP/2's `:authority` is given as `host`. */
export interface ReceivedRequest {
  method: string;
  /** With the query, as it was sent. */
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** Resolves to what is wrong with the signature, for the refusal's message. */
export type Verify = (request: ReceivedRequest, credentials: AwsCredentials) => Promise<string | undefined>;

export interface BedrockRequest {
  modelId: string;
  body: JsonObject;
  prompt: string;
  inputTokens: number;
}

interface Options {
  credentials?: AwsCredentials | undefined;
  verify?: Verify | undefined;
}

export async function checkBedrockRequest(
  raw: ReceivedRequest,
  options: Options,
): Promise<BedrockRequest | PlainResponse> {
  const path = raw.path.split("?", 1)[0] ?? "";
  const encodedModelId = raw.method === "POST" && /^\/model\/([^/]+)\/converse-stream$/.exec(path)?.[1];
  if (!encodedModelId) return refuse(404, "UnknownOperationException", "The operation is unknown");
  const problem = await problemWithAuthorization(raw, options);
  if (problem) return refuse(403, ...problem);
  const body = parseObject(raw.body);
  if (!body) return refuse(400, "SerializationException", "The request body is not a JSON object");
  const messages = validate(body);
  if (messages instanceof ValidationError) return refuse(400, "ValidationException", messages.message);
  return {
    modelId: decode(encodedModelId),
    body,
    prompt: textOf(messages.findLast((message) => message["role"] === "user")),
    inputTokens: Math.ceil(messages.reduce((sum, message) => sum + textOf(message).length, 0) / 4),
  };
}

function refuse(status: number, name: string, message: string): PlainResponse {
  return errorResponse(status, name, { message });
}

/** Any bearer token and any access key will do, but a signature made with the known key must be right. */
async function problemWithAuthorization(
  raw: ReceivedRequest,
  { credentials, verify }: Options,
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
    return isObject(value) ? value : undefined;
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
  return blocks.map((block) => spokenIn(block)).join("");
}

/** A text that a guardrail is to look at is spoken like any other. */
function spokenIn({ text, guardContent }: JsonObject): string {
  if (typeof text === "string") return text;
  const guarded = isObject(guardContent) ? guardContent["text"] : undefined;
  return isObject(guarded) && typeof guarded["text"] === "string" ? guarded["text"] : "";
}

/** An id that cannot be decoded names no model. */
function decode(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
