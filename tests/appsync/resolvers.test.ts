// Tests the resolvers of the GraphQL API: the events and filters that they make, and the calls that they refuse.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename } from "node:path";
import { transform } from "esbuild";
import { extensions, util } from "@aws-appsync/utils";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as onMessage from "../../lib/appsync/resolvers/on-message.js";
import * as publish from "../../lib/appsync/resolvers/publish.js";
import * as startConversation from "../../lib/appsync/resolvers/start-conversation.js";
import { readSchema } from "../support/servers/appsync-service.ts";

const require = createRequire(import.meta.url);
const { appSyncApi } = require("../../lib/appsync/index.cjs") as {
  appSyncApi: (callers: { apiKey: boolean; users: string }) => {
    schema: string;
    resolvers: { typeName: string; fieldName: string; file: string; dataSource: string }[];
  };
};

const filters: unknown[] = [];
/** The functions that `util` has in AppSync's runtime. In the package `@aws-appsync/utils`, `util` is empty. */
const given = {
  autoId: () => "1d8bd7d1-5b0f-4b5e-8c7e-2b7f6d1f0a55",
  error: (message: string, errorType: string) => {
    throw Object.assign(new Error(message), { errorType });
  },
  unauthorized: () => {
    throw Object.assign(new Error("Unauthorized"), { errorType: "Unauthorized" });
  },
  transform: { toSubscriptionFilter: (filter: object) => filter },
};
beforeAll(() => {
  Object.assign(util, given);
  Object.assign(extensions, { setSubscriptionFilter: (filter: unknown) => filters.push(filter) });
});
afterAll(() => {
  for (const name of Object.keys(given)) delete (util as Record<string, unknown>)[name];
  delete (extensions as Record<string, unknown>)["setSubscriptionFilter"];
});

const id = "5f0c4f3a-7f0f-4a43-9d3f-6a1f0f4a1c11";
const ida = "arn:aws:iam::123456789012:user/ida";
const session = "arn:aws:sts::123456789012:assumed-role/Web/CognitoIdentityCredentials";
const identities: [string, object | null, string][] = [
  ["an IAM user", { userArn: ida, accountId: "123456789012", username: "AIDAEXAMPLE" }, `iam:${ida}`],
  [
    "a user of an identity pool whose users share one ARN",
    { userArn: session, cognitoIdentityId: "eu-west-1:0a", cognitoIdentityPoolId: "eu-west-1:1b" },
    "iam:eu-west-1:0a",
  ],
  ["a user with a token", { sub: "b1c2", issuer: "https://idp.example.com", claims: {} }, "sub:b1c2"],
  ["a holder of the API key", null, "key"],
];

interface Context {
  args: object;
  identity: object | null;
}

function start({ args, identity }: Context) {
  const context = { args, identity, stash: {} };
  const { operation, invocationType, payload } = startConversation.request(context) as {
    operation: string;
    invocationType: string;
    payload: { job: Record<string, unknown> };
  };
  expect([operation, invocationType]).toEqual(["Invoke", "Event"]);
  return { job: payload.job, answer: startConversation.response({ ...context, result: null }) as object };
}

function subscribe({ args, identity }: Context): unknown {
  filters.length = 0;
  expect(onMessage.request()).toEqual({ payload: null });
  expect(onMessage.response({ args, identity })).toBeNull();
  expect(filters).toHaveLength(1);
  return filters[0];
}

function errorOf(run: () => unknown): { errorType: string; message: string } {
  try {
    run();
  } catch (error) {
    const { message, errorType } = error as Error & { errorType: string };
    return { errorType, message };
  }
  throw new Error("Nothing was thrown");
}

describe("startConversation", () => {
  test.each(identities)(
    "a call by %s starts an answer that only subscribers with the same owner receive",
    (_, identity, owner) => {
      const request = `{"prompt":"x", "n":9007199254740993}`;
      const { job, answer } = start({ args: { input: { conversationId: id, request } }, identity });
      const callerArn = (identity as { userArn?: string } | null)?.userArn;
      const requestId = given.autoId();
      expect(job).toEqual({
        conversationId: id,
        owner,
        requestId,
        body: request,
        ...(callerArn && { callerArn }),
      });
      expect(answer).toMatchObject({ conversationId: id, requestId, status: "STARTED" });
      expect(subscribe({ args: { conversationId: id }, identity })).toEqual({
        conversationId: { eq: id },
        owner: { eq: owner },
      });
    },
  );

  test("startConversation accepts a prompt instead of a request, and keeps every character of it", () => {
    const prompt = 'Two\nlines, "quotes" and \\ backslashes ';
    const { job } = start({ args: { input: { conversationId: id, prompt } }, identity: null });
    expect(JSON.parse(String(job["body"]))).toEqual({ prompt });
  });

  test("a caller cannot choose the owner or the request's id", () => {
    const input = { conversationId: id, prompt: "x", owner: "iam:other", requestId: "other" };
    const { job } = start({ args: { input }, identity: { sub: "b1c2" } });
    expect(job).toMatchObject({ owner: "sub:b1c2", requestId: given.autoId() });
  });

  test.each([
    ["neither a request nor a prompt", {}, `send either "request" or "prompt"`],
    ["both a request and a prompt", { prompt: "x", request: "{}" }, `send either "request" or "prompt"`],
    ["an empty prompt", { prompt: "" }, `"prompt" is empty; send some text`],
    ["a prompt of white space", { prompt: " \n\t" }, `"prompt" is empty; send some text`],
    [
      "an id of 65 characters",
      { conversationId: "x".repeat(65), prompt: "x" },
      "has 65 characters; use 1 to 64",
    ],
    ["an empty id", { conversationId: "", prompt: "x" }, "has 0 characters; use 1 to 64"],
  ])("a call with %s is refused at once", (_, more, message) => {
    const input = { conversationId: id, ...more };
    const error = errorOf(() => start({ args: { input }, identity: { userArn: ida } }));
    expect(error.errorType).toBe("InvalidRequest");
    expect(error.message).toMatch(/^Cannot start the answer: /);
    expect(error.message).toContain(message);
  });

  test("a request with more than 240,000 characters is refused at once, because AppSync could not pass it on", () => {
    const input = { conversationId: id, request: "x".repeat(240_001) };
    expect(errorOf(() => start({ args: { input }, identity: null }))).toEqual({
      errorType: "PayloadTooLarge",
      message: "Cannot start the answer: the request has 240001 characters; send at most 240000",
    });
  });

  test("the error after a failed invocation leaves out AWS's message, because the message can contain ARNs", () => {
    const message = "User: arn:aws:sts::123456789012:assumed-role/x is not authorized";
    const context = { error: { message, type: "Lambda:AccessDeniedException" } };
    expect(errorOf(() => startConversation.response(context))).toEqual({
      errorType: "Lambda:AccessDeniedException",
      message: "Cannot start the answer: Lambda did not take the question; try again later",
    });
  });
});

describe("a conversation's id", () => {
  test("a conversation's id has at least 16 characters with an API key, because the id is the only secret", () => {
    const context = { args: { conversationId: "x".repeat(15) }, identity: null };
    const message = "the conversation's id has 15 characters; use 16 to 64";
    expect(errorOf(() => subscribe(context)).message).toBe(`Cannot subscribe: ${message}`);
    const input = { conversationId: "x".repeat(15), prompt: "x" };
    expect(errorOf(() => start({ args: { input }, identity: null })).message).toBe(
      `Cannot start the answer: ${message}`,
    );
    expect(subscribe({ args: { conversationId: "x".repeat(16) }, identity: null })).toBeTruthy();
  });

  test("a conversation's id may be short if callers receive only the answers that they have started", () => {
    expect(subscribe({ args: { conversationId: "1" }, identity: { sub: "b1c2" } })).toBeTruthy();
  });

  test("a conversation's id may be short for ask and chat, because the tests of AWS's sample use a short id", () => {
    const { job, answer } = start({ args: { chatId: "test", prompt: "x" }, identity: null });
    expect(job).toMatchObject({ conversationId: "test", owner: "key", body: `{"prompt":"x"}` });
    expect(answer).toMatchObject({ chatId: "test" });
    expect(subscribe({ args: { chatId: "test" }, identity: null })).toEqual({
      conversationId: { eq: "test" },
      owner: { eq: "key" },
    });
  });
});

test.each([{}, { username: "x" }, { sub: "" }])("a caller with the identity %j is refused", (identity) => {
  const input = { conversationId: id, prompt: "x" };
  expect(errorOf(() => start({ args: { input }, identity })).errorType).toBe("Unauthorized");
  expect(errorOf(() => subscribe({ args: { conversationId: id }, identity })).errorType).toBe("Unauthorized");
});

describe("publish", () => {
  test("publish returns its input, and the text also as data and chunk", () => {
    const input = {
      conversationId: id,
      owner: "key",
      message: "{}",
      seq: 3,
      text: "a\nb",
      stopReason: "end_turn",
    };
    const { payload } = publish.request({ args: { input } }) as { payload: object };
    expect(publish.response({ result: payload })).toMatchObject({
      conversationId: id,
      chatId: id,
      owner: "key",
      message: "{}",
      seq: 3,
      data: "a\nb",
      chunk: "a\nb",
      stopReason: "end_turn",
    });
  });
});

describe("the API", () => {
  const kinds = [false, true].flatMap((apiKey) =>
    ["none", "userPool", "oidc"].map((users) => ({ apiKey, users })),
  );

  test.each(kinds)(
    "the API for %j has a valid schema and a resolver for each field that needs one",
    (callers) => {
      const schema = readSchema(callers.apiKey, callers.users);
      const fields = [schema.getMutationType(), schema.getSubscriptionType()].flatMap((type) =>
        Object.keys(type!.getFields()).map((field) => `${type!.name}.${field}`),
      );
      const resolved = appSyncApi(callers).resolvers.map(
        ({ typeName, fieldName }) => `${typeName}.${fieldName}`,
      );
      // The field `send` needs no resolver: without one, it returns null and reaches no subscriber.
      expect(resolved.toSorted()).toEqual(fields.filter((field) => field !== "Mutation.send").toSorted());
    },
  );

  test.each(kinds)("the API for %j lets only IAM callers publish", (callers) => {
    const { schema } = appSyncApi(callers);
    const authorized = schema.split("\n").filter((line) => /^ {2}(publish|send)\(/.test(line));
    expect(authorized).toHaveLength(callers.apiKey ? 2 : 1);
    for (const line of authorized) expect(line.match(/@\w+/g)).toEqual(["@aws_iam"]);
  });

  test("an API without an API key has neither the directive for API keys nor the fields for their holders", () => {
    const { schema } = appSyncApi({ apiKey: false, users: "oidc" });
    expect(schema).not.toMatch(/api_key|\b(ask|send|chat|onReceiveChunk|chunk|data|seq|text)\b[(:]/);
  });

  const files = new Set(appSyncApi({ apiKey: true, users: "oidc" }).resolvers.map(({ file }) => file));
  const sources = [...files].map((file) => [basename(file), readFileSync(file, "utf8")] as const);

  test.each(sources)(
    "the resolver file %s has no ${, because osls would take it for a variable",
    (_, source) => {
      expect(source).not.toContain("${");
    },
  );

  // https://docs.aws.amazon.com/appsync/latest/devguide/supported-features.html
  test.each(sources)(
    "the resolver file %s has only syntax that AppSync's runtime supports",
    async (_, source) => {
      const { code } = await transform(source, { minifyWhitespace: true, legalComments: "none" });
      const withoutTexts = code.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""');
      const unsupported =
        /\b(try|catch|finally|throw|continue|do|while|in|instanceof|class|new|this|async|await|yield)\b|for\([^)]*;|\+\+|--|~|\//;
      expect(withoutTexts).toMatch(/^(import|export) ?|function/);
      expect(unsupported.exec(withoutTexts)).toBeNull();
    },
  );
});
