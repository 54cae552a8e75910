// `client.models()`: the list of a service's models, and the errors for responses that are not such a list.
import { describe, expect, test } from "vitest";
import { AbortError, createClient, RequestError, TimeoutError } from "../../lib/client/index.ts";
import { connectClient } from "../support/callers/connected-client.ts";
import { waitFor } from "../support/deadline.ts";
import { sendJson, wireError } from "../support/servers/line-service.ts";
import { caller, startTestStack } from "../support/servers/local-stack.ts";

const list = {
  models: [
    { name: "fast", modelId: "vendor.fast-v1:0", default: true },
    { name: "own", default: false, later: [1] },
  ],
};

describe("the list of models", () => {
  test("the list of models comes from the service in response to a signed request, without a call to a model", async () => {
    const stack = await startTestStack({ variables: { DELTAPIPE_MODELS: "a=local.echo, b=local.story" } });
    const client = createClient({ url: stack.url, region: "us-east-1", credentials: caller });
    const models = await client.models().finally(() => stack.close());
    expect(models).toEqual([
      { name: "a", modelId: "local.echo", default: true },
      { name: "b", modelId: "local.story", default: false },
    ]);
    expect(stack.bedrock!.statistics.requests).toBe(0);
  });

  test.each([
    ["", "/models"],
    ["stage", "/stage/models"],
    ["stage/", "/stage/models"],
  ])(
    "the list of models is requested below the service's URL if the URL ends with /%s",
    async (path, expected) => {
      const seen: unknown[] = [];
      const { service } = await connectClient(({ request, response, body }) => {
        seen.push(request.method, request.url, body);
        sendJson(response, 200, list);
      });
      const client = createClient({ ...service.options, url: new URL(path, service.options.url) });
      expect(await client.models()).toEqual(list.models);
      expect(seen).toEqual(["GET", expected, ""]);
    },
  );

  test("the list of models is requested again while the service is busy", async () => {
    const { client, service } = await connectClient(({ index, response }) =>
      index === 0
        ? sendJson(response, 429, wireError("ThrottlingException", true))
        : sendJson(response, 200, list),
    );
    expect(await client.models()).toEqual(list.models);
    expect(service.counts.requests).toBe(2);
    await expect(client.models({ retry: { limit: -1 } })).rejects.toThrow(
      "Cannot use the option retry.limit",
    );
  });
});

describe("a response that is not the list", () => {
  test.each<[what: string, status: number, body: unknown, headers: Record<string, string>, error: object]>([
    [
      "an older service's 404",
      404,
      wireError("NotFound", false),
      {},
      { name: "RequestError", code: "NotFound", status: 404 },
    ],
    [
      "AWS's 403",
      403,
      { Message: "Forbidden" },
      { "x-amzn-errortype": "AccessDeniedException" },
      { name: "AuthorizationError", code: "AccessDeniedException" },
    ],
    ["a web page", 200, "<p>", { "content-type": "text/html" }, { name: "ConfigurationError" }],
    ["an array", 200, [], {}, { name: "ConfigurationError" }],
    ["models without names", 200, { models: [{ modelId: "x" }] }, {}, { name: "ConfigurationError" }],
    ["models that are an object", 200, { models: {} }, {}, { name: "ConfigurationError" }],
    ["more than 64 KiB", 200, { models: [], rest: "x".repeat(70_000) }, {}, { name: "ConfigurationError" }],
    ["a redirect", 302, {}, { location: "https://example.com/" }, { name: "ConfigurationError" }],
  ])("a response that is not the list causes an error: %s", async (_, status, body, headers, error) => {
    const { client, service } = await connectClient(({ response }) =>
      sendJson(response, status, body, headers),
    );
    await expect(client.models()).rejects.toMatchObject(error);
    expect(service.counts.requests).toBe(1);
  });

  test("the service's error response becomes a RequestError", async () => {
    const { client } = await connectClient(({ response }) =>
      sendJson(response, 404, wireError("NotFound", false)),
    );
    const error: unknown = await client.models().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(RequestError);
    expect((error as Error).message).toBe(
      "The service rejected the request with NotFound: Because of NotFound",
    );
  });
});

describe("the caller's signal", () => {
  test("the caller's signal ends a request that is waiting", async () => {
    const controller = new AbortController();
    const { client } = await connectClient(() => controller.abort("enough"));
    const error: unknown = await waitFor(
      "the rejection",
      client.models({ signal: controller.signal }).catch((caught: unknown) => caught),
    );
    expect(error).toBeInstanceOf(AbortError);
    expect(error).toMatchObject({ cause: "enough" });
  });

  test("the caller's signal prevents the request if it has already fired", async () => {
    const { client, service } = await connectClient(({ response }) => sendJson(response, 200, list));
    await expect(client.models({ signal: AbortSignal.abort() })).rejects.toThrow(AbortError);
    expect(service.counts.requests).toBe(0);
  });

  test("the caller's signal makes the request fail with a TimeoutError if its time limit passes", async () => {
    const { client } = await connectClient(() => undefined);
    const models = client.models({ signal: AbortSignal.timeout(50) });
    await expect(waitFor("the rejection", models)).rejects.toThrow(TimeoutError);
  });
});
