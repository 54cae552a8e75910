// Tests requests to the local AppSync: who may send them, which fields each caller may use, and what the function gets.
import { describe, expect, test } from "vitest";
import { authorize, post } from "../../support/callers/appsync-caller.ts";
import { bob, ida, idaArn, key, role, startApi } from "../../support/servers/local-appsync.ts";

const id = "conversation-0001";
const start = `mutation Start($input: StartConversationInput!) {
  startConversation(input: $input) { conversationId requestId status }
}`;
const publish = `mutation Publish($input: PublishInput!) {
  publish(input: $input) { conversationId owner message }
}`;
const message = { conversationId: id, owner: "key", message: "{}" };

describe("a request for an answer", () => {
  test("a request for an answer gets ids, and the function gets them with the request and the caller's identity", async () => {
    const api = await startApi();
    const request = '{"prompt":"A story","inferenceConfig":{"temperature":1.0}}';
    const { status, body } = await post(api, ida, {
      query: start,
      variables: { input: { conversationId: id, request } },
    });
    const requestId = expect.stringMatching(/^[\da-f-]{36}$/);
    expect({ status, body }).toEqual({
      status: 200,
      body: { data: { startConversation: { conversationId: id, requestId, status: "STARTED" } } },
    });
    const job = { conversationId: id, owner: `iam:${idaArn}`, requestId, callerArn: idaArn, body: request };
    expect(api.events).toEqual([{ job }]);
    expect(api.events[0]!.job["requestId"]).toBe(body.data!["startConversation"].requestId);
    const fields = ["Mutation.startConversation"];
    expect(api.reports).toEqual([{ event: "request", callerName: idaArn, fields, errorTypes: [] }]);
  });

  test("a request with the API key gives the answer to the key's holders, and the function gets no caller ARN", async () => {
    const api = await startApi();
    await post(api, key, { query: start, variables: { input: { conversationId: id, prompt: "A story" } } });
    const job = {
      conversationId: id,
      owner: "key",
      requestId: expect.any(String),
      body: '{"prompt":"A story"}',
    };
    expect(api.events).toEqual([{ job }]);
  });

  test("the field ask has the same effect as startConversation", async () => {
    const api = await startApi();
    const query = `mutation { ask(chatId: "test", prompt: "A \\"story\\"") { chatId data } }`;
    expect((await post(api, key, { query })).body).toEqual({ data: { ask: { chatId: "test", data: null } } });
    expect(api.events).toMatchObject([
      { job: { conversationId: "test", body: '{"prompt":"A \\"story\\""}' } },
    ]);
  });

  test.each([
    ["an empty prompt", { prompt: "" }, "InvalidRequest", /"prompt" is empty/],
    ["a blank prompt", { prompt: " \n" }, "InvalidRequest", /"prompt" is empty/],
    ["neither prompt nor request", {}, "InvalidRequest", /either "request" or "prompt"/],
    [
      "both prompt and request",
      { prompt: "a", request: "{}" },
      "InvalidRequest",
      /either "request" or "prompt"/,
    ],
    ["a long request", { request: "x".repeat(240_001) }, "PayloadTooLarge", /has 240001 characters/],
    ["an empty id", { conversationId: "", prompt: "a" }, "InvalidRequest", /id has 0 characters/],
    ["a long id", { conversationId: "x".repeat(65), prompt: "a" }, "InvalidRequest", /id has 65 characters/],
  ])("a request for an answer with %s is refused at once", async (_, input, errorType, words) => {
    const api = await startApi();
    const variables = { input: { conversationId: id, ...input } };
    const { status, body } = await post(api, ida, { query: start, variables });
    expect(status).toBe(200);
    expect(body).toEqual({
      data: { startConversation: null },
      errors: [
        {
          path: ["startConversation"],
          data: null,
          errorType,
          errorInfo: null,
          locations: [{ line: 2, column: 3, sourceName: null }],
          message: expect.stringMatching(words),
        },
      ],
    });
    expect(api.events).toEqual([]);
    expect(api.reports).toMatchObject([{ errorTypes: [errorType] }]);
  });

  test("a request with the API key needs a conversation id that cannot be guessed", async () => {
    const api = await startApi();
    const variables = { input: { conversationId: "short", prompt: "a" } };
    const { body } = await post(api, key, { query: start, variables });
    expect(body.errors).toMatchObject([{ errorType: "InvalidRequest" }]);
    expect((await post(api, bob, { query: start, variables })).body.errors).toBeUndefined();
  });
});

describe("fields", () => {
  test("only the function's role may use the field publish", async () => {
    const api = await startApi();
    for (const caller of [key, ida, bob]) {
      const { status, body } = await post(api, caller, { query: publish, variables: { input: message } });
      expect(status).toBe(200);
      expect(body).toMatchObject({
        data: { publish: null },
        errors: [{ errorType: "Unauthorized", message: "Not Authorized to access publish on type Mutation" }],
      });
    }
    expect((await post(api, role, { query: publish, variables: { input: message } })).body).toEqual({
      data: { publish: message },
    });
  });

  test("the function's role may not use the field startConversation", async () => {
    const api = await startApi();
    const variables = { input: { conversationId: id, prompt: "a" } };
    const { body } = await post(api, role, { query: start, variables });
    expect(body.errors).toMatchObject([{ errorType: "Unauthorized" }]);
    expect(api.events).toEqual([]);
  });

  test.each([
    [
      "send with the API key",
      key,
      'mutation { send(chatId: "test", data: "x") { data } }',
      "send on type Mutation",
    ],
    ["ask with IAM", ida, 'mutation { ask(chatId: "test", prompt: "x") { data } }', "ask on type Mutation"],
    ["ping with IAM", ida, "{ ping }", "ping on type Query"],
    ["ping with the API key", key, "{ ping }", "ping on type Query"],
  ])(
    "a field that the schema or the policy denies to a caller gives the error Unauthorized: %s",
    async (_, caller, query, field) => {
      const api = await startApi();
      const { body } = await post(api, caller, { query });
      expect(body.errors).toMatchObject([
        { errorType: "Unauthorized", message: `Not Authorized to access ${field}` },
      ]);
    },
  );

  test("fields that only the API key's holders need are absent when the API has no key", async () => {
    const { createRequire } = await import("node:module");
    const { appSyncApi } = createRequire(import.meta.url)("../../../lib/appsync/index.cjs");
    const options = { api: appSyncApi({ apiKey: false, users: "none" }), apiKey: undefined };
    const api = await startApi(options as never);
    expect((await post(api, key, { query: "{ ping }" })).status).toBe(401);
    const { body } = await post(api, ida, { query: 'mutation { ask(chatId: "t", prompt: "x") { data } }' });
    expect(body.errors).toMatchObject([{ message: expect.stringContaining('Cannot query field "ask"') }]);
  });
});

describe("a request", () => {
  test.each([
    [
      "a wrong key",
      { apiKey: "da2-other" },
      401,
      "UnauthorizedException",
      /not authorized to make this call/,
    ],
    ["an empty key", { apiKey: "" }, 401, "UnauthorizedException", /not authorized to make this call/],
    [
      "an unknown access key",
      { ...ida, accessKeyId: "AKIDOTHER" },
      403,
      "UnrecognizedClientException",
      /token included/,
    ],
    ["a wrong secret", { ...ida, secretAccessKey: "x" }, 403, "InvalidSignatureException", /does not match/],
    [
      "a wrong session token",
      { ...bob, sessionToken: "x" },
      403,
      "UnrecognizedClientException",
      /token included/,
    ],
  ])("a request with %s is refused", async (_, caller, status, errorType, words) => {
    const api = await startApi();
    const response = await post(api, caller, { query: "{ ping }" });
    expect(response).toEqual({
      status,
      type: errorType,
      body: { errors: [{ errorType, message: expect.stringMatching(words) }] },
    });
    expect(api.reports).toEqual([{ event: "refused", status, errorType }]);
  });

  test("a request without a key or a signature is refused, and so is a request signed for another service", async () => {
    const api = await startApi();
    const none = await fetch(api.url, { method: "POST", body: '{"query":"{ ping }"}' });
    expect(none.status).toBe(401);
    const other = await post(api, { ...ida, service: "lambda" } as typeof ida, { query: "{ ping }" });
    expect(other.body.errors).toMatchObject([
      { message: expect.stringContaining("correct service: 'appsync'") },
    ]);
  });

  test("a request that was changed after signing is refused", async () => {
    const api = await startApi();
    const { host: _, ...headers } = await authorize(api, ida, "/graphql", '{"query":"{ ping }"}');
    const response = await fetch(api.url, { method: "POST", headers, body: '{"query":"{  ping }"}' });
    expect([response.status, await response.json()]).toMatchObject([403, { errors: [{}] }]);
  });

  test.each([
    ["a body that is not JSON", "query", 400, "MalformedHttpRequestException"],
    ["no query", "{}", 400, "MalformedHttpRequestException"],
    [
      "variables that are not an object",
      '{"query":"{ ping }","variables":[]}',
      400,
      "MalformedHttpRequestException",
    ],
    ["a query that is not GraphQL", '{"query":"{ ping"}', 400, "MalformedHttpRequestException"],
    ["an unknown field", '{"query":"{ pong }"}', 200, "ValidationError"],
    ["a variable of another type", `{"query":"query Q($id: Int) { ping(id: $id) }"}`, 200, "ValidationError"],
    ["an unknown operation", '{"query":"query A { ping }","operationName":"B"}', 200, "BadRequestException"],
    [
      "a subscription",
      '{"query":"subscription { onMessage(conversationId: \\"a\\") { owner } }"}',
      200,
      "UnsupportedOperation",
    ],
  ])("a request with %s gets an error in GraphQL's form", async (_, text, status, errorType) => {
    const api = await startApi();
    const response = await post(api, key, text);
    expect(response).toMatchObject({ status, body: { errors: [{ errorType }] } });
  });

  test("a request with a variable that lacks a required field gets an error, and the function gets no event", async () => {
    const api = await startApi();
    const { body } = await post(api, ida, { query: start, variables: { input: { prompt: "x" } } });
    expect(body.errors).toMatchObject([{ message: expect.stringContaining("conversationId") }]);
    expect(api.events).toEqual([]);
  });

  test("a request with another path or method gets 404, and a body of more than 2 MB gets 413", async () => {
    const api = await startApi();
    expect((await fetch(`http://127.0.0.1:${api.port}/other`, { method: "POST" })).status).toBe(404);
    expect((await fetch(api.url)).status).toBe(404);
    expect((await post(api, key, "x".repeat(2 * 1024 * 1024 + 1))).status).toBe(413);
  });

  test("a response to a web page has headers that let the page read it", async () => {
    const api = await startApi();
    const origin = "http://localhost:3000";
    const preflight = await fetch(api.url, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-headers": "x-api-key,content-type" },
    });
    expect(preflight.status).toBe(200);
    expect(preflight.headers.get("access-control-allow-headers")).toBe("x-api-key,content-type");
    expect(preflight.headers.get("access-control-allow-origin")).toBe("*");
    const refused = await fetch(api.url, { method: "POST", headers: { origin } });
    expect(refused.headers.get("access-control-allow-origin")).toBe("*");
  });

  test("a request with the Host header of another machine is refused", async () => {
    const api = await startApi();
    const { request } = await import("node:http");
    const status = await new Promise((resolve, reject) => {
      const headers = { host: "example.com", "x-api-key": key.apiKey };
      request(api.url, { method: "POST", headers }, ({ statusCode }) => resolve(statusCode))
        .once("error", reject)
        .end('{"query":"{ ping }"}');
    });
    expect(status).toBe(403);
  });
});
