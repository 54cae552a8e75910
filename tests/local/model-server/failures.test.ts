// Tests which errors callers of the service and of the local Bedrock get when a model server fails.
import type { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { converseWith, streamWith } from "../../support/callers/service-sdk-client.ts";
import { chunk, done, finish, sse, text, toolCall } from "../../support/frames/chat-answers.ts";
import { breakAfter, type Reply, sendJson, sendPieces, sendText } from "../../support/servers/chat-server.ts";
import { type ChatServerStack, startChatServerStack } from "../../support/servers/chat-server-stack.ts";
import type { TestStack } from "../../support/servers/local-stack.ts";

const hello = ["Hel", "lo"].map(text);
const tooLong = /^Input is too long for requested model\. /;

/** The model server's reply, and the name and message of the exception that AWS's SDK throws for it. */
type Failure = [reply: Reply, exception: string, message: RegExp];

const beforeTheAnswer: Record<string, Failure> = {
  "a prompt that is too long for llama.cpp": [
    sendJson(400, {
      error: {
        code: 400,
        message: "request (4031 tokens) exceeds the available context size (2048 tokens), try increasing it",
        type: "exceed_context_size_error",
        n_prompt_tokens: 4031,
        n_ctx: 2048,
      },
    }),
    "ValidationException",
    tooLong,
  ],
  "a prompt that is too long for vLLM": [
    sendJson(400, {
      object: "error",
      message: "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.",
      type: "BadRequestError",
      code: 400,
    }),
    "ValidationException",
    tooLong,
  ],
  "a prompt that is too long for llama-cpp-python": [
    sendJson(500, { error: { message: "Requested tokens (3000) exceed context window of 2048" } }),
    "ValidationException",
    tooLong,
  ],
  "a wrong parameter": [
    sendJson(400, { error: { code: 400, message: "type must be number", type: "invalid_request_error" } }),
    "ValidationException",
    /^type must be number$/,
  ],
  "a wrong parameter, in the form of FastAPI": [
    sendJson(422, { detail: [{ loc: ["body", "stop"], msg: "field required" }] }),
    "ValidationException",
    /field required/,
  ],
  "images that the model cannot read": [
    sendJson(500, { error: { code: 500, message: "image input is not supported", type: "server_error" } }),
    "ValidationException",
    /^image input is not supported$/,
  ],
  "tools that the model cannot use": [
    sendJson(400, { error: { message: "registry.ollama.ai/library/x does not support tools" } }),
    "ValidationException",
    /does not support tools$/,
  ],
  "a wrong key": [
    sendJson(401, { error: { message: "Incorrect API key provided: sk-secret" } }),
    "AccessDeniedException",
    /^The model server rejects the key, or requires one \(status 401\)$/,
  ],
  "a model that is gone": [
    sendJson(404, { error: { message: 'model "x" not found' } }),
    "ResourceNotFoundException",
    /^model "x" not found$/,
  ],
  "too many requests": [
    sendJson(429, { error: "Too many requests" }),
    "ThrottlingException",
    /^Too many requests$/,
  ],
  "too many requests, with a message that mentions the context": [
    sendJson(429, { error: { message: "Too many tokens of the context window in a minute" } }),
    "ThrottlingException",
    /^Too many tokens/,
  ],
  "a model that is being loaded": [
    sendJson(503, { error: { code: 503, message: "Loading model", type: "unavailable_error" } }),
    "ModelNotReadyException",
    /^Loading model$/,
  ],
  "a server that is busy": [
    sendJson(503, { message: "No slot" }),
    "ServiceUnavailableException",
    /^No slot$/,
  ],
  "a timeout of a proxy": [
    sendText(504, "text/html", "<h1>Timeout</h1>"),
    "ModelTimeoutException",
    /^The model server's status is 504$/,
  ],
  "a crash": [
    sendText(500, "text/plain", "Internal Server Error"),
    "ModelErrorException",
    /^The model server's status is 500$/,
  ],
  "a long error": [
    sendText(500, "text/plain", "error ".repeat(200_000)),
    "ModelErrorException",
    /^The model server's status is 500$/,
  ],
  "an error response that breaks": [
    (response) => {
      response.writeHead(400, { "content-length": 1000 }).write("{", () => response.destroy());
    },
    "ModelNotReadyException",
    /^Cannot reach the model server: found \w+; check that it is running$/,
  ],
  "a redirect": [
    (response) => void response.writeHead(307, { location: "http://127.0.0.1:1/" }).end(),
    "ModelErrorException",
    /^The model server's status is 307$/,
  ],
  "a web page": [
    sendText(200, "text/html", "<h1>Sign in</h1>"),
    "ModelErrorException",
    /not an event stream$/,
  ],
  "an error with the status 200": [
    sendJson(200, { error: { message: "the model crashed" } }),
    "ModelErrorException",
    /^the model crashed$/,
  ],
  "an error as the first event": [
    sendPieces([sse({ error: { code: 429, message: "Slow down" } })]),
    "ThrottlingException",
    /^Slow down$/,
  ],
  "a connection that breaks before the response": [
    (response) => void response.destroy(),
    "ModelNotReadyException",
    /^Cannot reach the model server: found (ECONNRESET|UND_ERR_SOCKET); check that it is running$/,
  ],
  "a stream without an event": [sendPieces([]), "ModelErrorException", /it ended early$/],
};

const inMidAnswer: Record<string, Failure> = {
  "an error in an event": [
    sendPieces([...hello, sse({ error: { code: 500, message: "out of memory", type: "server_error" } })]),
    "ModelStreamErrorException",
    /^out of memory$/,
  ],
  "an error that is a text": [
    sendPieces([...hello, sse({ error: "out of memory" })]),
    "ModelStreamErrorException",
    /^out of memory$/,
  ],
  "an error in the field that former versions of llama.cpp used": [
    sendPieces([...hello, 'error: {"code":500,"message":"out of memory"}\n\n']),
    "ModelStreamErrorException",
    /^out of memory$/,
  ],
  "an error in an event of the type error": [
    sendPieces([...hello, `event: error\n${sse({ error: { message: "out of memory" } })}`]),
    "ModelStreamErrorException",
    /^out of memory$/,
  ],
  "a context that is full": [
    sendPieces([...hello, sse({ error: { code: 400, message: "Context size has been exceeded." } })]),
    "ValidationException",
    tooLong,
  ],
  throttling: [
    sendPieces([...hello, sse({ error: { code: 429, message: "Slow down" } })]),
    "ThrottlingException",
    /^Slow down$/,
  ],
  "a broken connection": [breakAfter(hello), "ModelStreamErrorException", /the connection broke \(\w+\)$/],
  "an early end": [sendPieces(hello), "ModelStreamErrorException", /it ended early$/],
  "an end in the middle of an event": [
    sendPieces([...hello, text("!").slice(0, 40)]),
    "ModelStreamErrorException",
    /an event is not a chunk of a chat completion$/,
  ],
  "an event that is not JSON": [
    sendPieces([...hello, "data: secret\n\n", finish("stop"), done]),
    "ModelStreamErrorException",
    /an event is not a chunk of a chat completion$/,
  ],
  "a content that is not text": [
    sendPieces([...hello, chunk({ content: ["secret"] }), finish("stop"), done]),
    "ModelStreamErrorException",
    /an event is not a chunk of a chat completion$/,
  ],
  "a tool call without a name": [
    sendPieces([...hello, toolCall({ index: 0, id: "a", function: { arguments: "{" } })]),
    "ModelStreamErrorException",
    /a tool call has no name$/,
  ],
  "tool calls that alternate": [
    sendPieces([
      ...hello,
      ...[0, 1].map((index) => toolCall({ index, id: `c${index}`, function: { name: "a", arguments: "{" } })),
      toolCall({ index: 0, function: { arguments: "}" } }),
    ]),
    "ModelStreamErrorException",
    /a tool call continues after the next one has begun$/,
  ],
  "a server that aborts its answer": [
    sendPieces([...hello, finish("abort"), done]),
    "ModelStreamErrorException",
    /it ended with "abort"$/,
  ],
};

const cases = { ...beforeTheAnswer, ...inMidAnswer };
/** For these exceptions, the service sends its own message, and for AccessDeniedException also its own error name. */
const ofTheService: Record<string, { name: string; message?: RegExp }> = {
  AccessDeniedException: { name: "UpstreamAccessDenied", message: /may not call this model/ },
  ServiceUnavailableException: {
    name: "ServiceUnavailableException",
    message: /not available at the moment/,
  },
  ResourceNotFoundException: { name: "ResourceNotFoundException", message: /does not know this model/ },
};

let started: ChatServerStack;
let stack: TestStack;
let sdk: BedrockRuntimeClient;

beforeAll(async () => {
  started = await startChatServerStack(
    Object.fromEntries(Object.entries(cases).map(([name, [reply]]) => [name, reply])),
  );
  ({ stack, sdk } = started);
});
afterAll(() => started.close());

describe("a failure before the answer", () => {
  test.each(Object.entries(beforeTheAnswer))(
    "a failure before the answer becomes an error response: %s",
    async (name, [, exception, message]) => {
      for (const { error } of [
        await streamWith(sdk, started.modelOf(name)),
        await converseWith(sdk, started.modelOf(name)),
      ]) {
        expect(error).toMatchObject({ name: exception, message: expect.stringMatching(message) as unknown });
      }
      const { status, body } = await stack.ask({ prompt: "Hi", modelId: started.modelOf(name) });
      const own = ofTheService[exception] ?? { name: exception };
      expect(status).toBeGreaterThanOrEqual(400);
      expect(JSON.parse(body)).toMatchObject({
        error: { name: own.name, message: expect.stringMatching(own.message ?? message) as unknown },
      });
    },
  );
});

describe("a failure in mid-answer", () => {
  test.each(Object.entries(inMidAnswer))(
    "a failure in mid-answer ends the stream with an error: %s",
    async (name, [, exception, message]) => {
      const { value: events, error } = await streamWith(sdk, started.modelOf(name));
      expect(events.filter(({ contentBlockDelta }) => contentBlockDelta?.delta?.text)).toHaveLength(2);
      expect(error).toMatchObject({ name: exception, message: expect.stringMatching(message) as unknown });
      const { error: ofConverse } = await converseWith(sdk, started.modelOf(name));
      expect(ofConverse).toMatchObject({ message: expect.stringMatching(message) as unknown });
      const { status, lines, body } = await stack.ask({ prompt: "Hi", modelId: started.modelOf(name) });
      expect(status).toBe(200);
      expect(body).not.toContain("secret");
      expect(lines.at(-1)).toMatchObject({
        type: "error",
        error: { name: exception, message: expect.stringMatching(message) as unknown },
      });
    },
  );
});
