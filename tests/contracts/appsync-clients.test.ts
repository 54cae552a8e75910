// The GraphQL API, called by the clients that its users have: AWS Amplify, and Python's gql.
import { randomUUID } from "node:crypto";
import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { hasBrowser } from "../support/callers/browser.ts";
import { runInPage } from "../support/callers/browser-page.ts";
import { openConversation } from "../support/callers/appsync-answer.ts";
import { collectOutput, type ChildOutput } from "../support/processes/child-output.ts";
import { linesOf } from "../support/push/pushed-lines.ts";
import { caller, startTestStack, textOfLines, type TestStack } from "../support/servers/local-stack.ts";

const other = { accessKeyId: "other", secretAccessKey: "other" };
const readers = {
  amplify: fileURLToPath(new URL("../support/callers/amplify-reader.js", import.meta.url)),
  gql: fileURLToPath(new URL("../support/callers/gql-reader.py", import.meta.url)),
};
const check = "import gql.transport.appsync_websockets, gql.transport.aiohttp, botocore.auth";
const hasPython = spawnSync("python3", ["-c", check]).status === 0;
const request = '{"prompt":"A story about rain"}';

let stack: TestStack;
let story: string;
beforeAll(async () => {
  stack = await startTestStack({ callers: [caller, other] });
  story = textOfLines((await stack.ask(request)).lines);
});
afterAll(() => stack.close());

function run(program: string, ...args: string[]): ChildOutput {
  const child = spawn(program, [...args], { env: { PATH: process.env["PATH"] ?? "" } });
  onTestFinished(() => void child.kill());
  return collectOutput(child);
}

/** Returns the text of the messages in a program's output, and checks that the messages arrived in order. */
function textOf(output: string): string {
  const messages = output.split("\n").filter((line) => line.startsWith('{"requestId"'));
  const numbers = messages.map((message) => (JSON.parse(message) as { seq: number }).seq);
  expect(numbers).toEqual(numbers.map((_, index) => index));
  return textOfLines(linesOf(messages).map((line) => JSON.parse(line)));
}

const started =
  /"startConversation": ?{"conversationId": ?"[\da-f-]+", ?"requestId": ?"[\da-f-]+", ?"status": ?"STARTED"}/;

describe.each([
  ["AWS Amplify", process.execPath, readers.amplify, { key: "apiKey", iam: "iam" }, true],
  ["Python's gql", "python3", readers.gql, { key: "key", iam: "iam" }, hasPython],
])("%s", (_, program, reader, modes, isThere) => {
  const ask = (mode: string, secret: string, ...rest: string[]) =>
    run(program, reader, stack.appSyncUrl, mode, secret, ...rest);

  test.skipIf(!isThere).each(["key", "iam"] as const)(
    "the client streams a story in order with the authorization mode %s",
    async (mode) => {
      const secret = mode === "key" ? stack.appSyncApiKey : caller.secretAccessKey;
      const { exit, output } = ask(modes[mode], secret, randomUUID(), request);
      expect([await exit, textOf(output())]).toEqual([0, story]);
      expect(output()).toMatch(started);
    },
  );

  test.skipIf(!isThere)("the client gets an error for a wrong key and for a wrong secret", async () => {
    for (const mode of ["key", "iam"] as const) {
      const { exit, output } = ask(modes[mode], "guessed", randomUUID(), request);
      expect([await exit, output()]).toMatchObject([
        1,
        expect.stringMatching(/Unauthorized|InvalidSignature|403|401/),
      ]);
    }
  });
});

test("AWS Amplify gets nothing of an answer that another caller receives in a conversation with the same id", async () => {
  const id = randomUUID();
  const listener = run(process.execPath, readers.amplify, stack.appSyncUrl, "iam", "local", id);
  await listener.until(/^subscribed$/m);
  const conversation = await openConversation(stack, { by: other, id });
  await conversation.ask(request);
  // The listener's own answer comes after all messages of the other caller.
  const mine = await openConversation(stack, { by: caller, id });
  await mine.ask({ prompt: "mine", modelId: "local.echo" });
  expect(await listener.exit).toBe(0);
  expect(textOf(listener.output())).toBe("mine");
});

describe.skipIf(!hasBrowser)("a page of another origin in Chromium", () => {
  test("a page gets answers with this package's client, both with the API key and with credentials", async () => {
    const script = `
      const { createAppSyncClient } = await import("/module.js");
      const texts = [];
      const credentials = ${JSON.stringify(caller)};
      for (const by of [{ apiKey: "${stack.appSyncApiKey}" }, { credentials, region: "us-east-1" }]) {
        const client = createAppSyncClient({ url: "${stack.appSyncUrl}", retry: 0, ...by });
        texts.push((await client.converse(${request}).result()).text);
        client.close();
      }
      const client = createAppSyncClient({ url: "${stack.appSyncUrl}", apiKey: "guessed" });
      texts.push(await client.converse(${request}).result().catch((error) => error.name));
      return texts;`;
    const module = 'export * from "./lib/client/appsync/web.ts";';
    expect(await runInPage(module, script)).toEqual([story, story, "AuthorizationError"]);
  });

  test("a page gets an answer with AWS Amplify", async () => {
    const script = `
      const { Amplify, Hub, CONNECTION_STATE_CHANGE, generateClient } = await import("/module.js");
      // Amplify turns the http URL into a wss URL, but the local stack accepts only ws.
      globalThis.WebSocket = class extends WebSocket {
        constructor(url, protocols) {
          super(url.replace("wss:", "ws:"), protocols);
        }
      };
      const GraphQL = { endpoint: "${stack.appSyncUrl}", defaultAuthMode: "apiKey", apiKey: "${stack.appSyncApiKey}" };
      Amplify.configure({ API: { GraphQL } });
      const client = generateClient();
      const id = crypto.randomUUID();
      const subscribed = new Promise((resolve) =>
        Hub.listen("api", ({ payload }) => payload.data?.connectionState === "Connected" && resolve()),
      );
      let text = "";
      const answered = new Promise((resolve, reject) => {
        const query = "subscription On($id: ID!) { onReceiveChunk(conversationId: $id) { chunk stopReason } }";
        client.graphql({ query, variables: { id } }).subscribe({
          next({ data: { onReceiveChunk } }) {
            text += onReceiveChunk.chunk;
            if (onReceiveChunk.stopReason !== null) resolve();
          },
          error: reject,
        });
      });
      await subscribed;
      const query = "mutation Ask($input: StartConversationInput!) { startConversation(input: $input) { status } }";
      await client.graphql({ query, variables: { input: { conversationId: id, prompt: "A story about rain" } } });
      await answered;
      return text;`;
    const module = 'export * from "@aws-amplify/api"; export { Amplify, Hub } from "@aws-amplify/core";';
    expect(await runInPage(module, script)).toBe(story);
  });
});
