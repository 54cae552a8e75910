// Tests that the page's server signs the requests that the page sends to AppSync, and nothing else.
import { describe, expect, test } from "vitest";
import { connectionText, startText, subscriptionText } from "../../lib/client/appsync/operations.ts";
import type { ProxyReport } from "../../lib/command-line/proxy/proxy-exchange.ts";
import { waitFor } from "../support/deadline.ts";
import { sign } from "../support/requests/signing.ts";
import { failingProvider, startTestPage } from "../support/servers/page-server.ts";

const host = "a1b2c3.appsync-api.eu-west-1.amazonaws.com";
const appSyncUrl = new URL(`https://${host}/graphql`);
const path = "/~/appsync-headers";
const token = { "x-deltapipe-token": "TOKEN" };
const temporary = { accessKeyId: "AKIDLOCAL", secretAccessKey: "local-secret", sessionToken: "session" };

function errorIn(body: string): string {
  return (JSON.parse(body) as { error: { name: string } }).error.name;
}

describe("the page's server", () => {
  test.each([
    ["the connection", connectionText, "/graphql/connect"],
    ["a subscription", subscriptionText("an-id"), "/graphql"],
    ["the start of an answer", startText("an-id", '{"prompt":"\u2603 \\"x\\""}'), "/graphql"],
  ])(
    "the page's server signs %s for AppSync, with the same signature as AWS's signer",
    async (_, text, target) => {
      const { post } = await startTestPage({ appSyncUrl, credentials: temporary });
      const { status, body } = await post(path, { origin: "http://HOST", ...token }, text);
      expect(status).toBe(200);
      const { authorization, ...headers } = JSON.parse(body) as Record<string, string>;
      expect(headers).toMatchObject({ host, "x-amz-security-token": "session" });
      const { "x-amz-date": date = "", "x-amz-security-token": _token, ...given } = headers;
      const request = { method: "POST", target, headers: given, body: Buffer.from(text) };
      const options = { ...temporary, service: "appsync", region: "eu-west-1", date: dateOf(date) };
      const expected = Object.fromEntries((await sign(request, options)).headers);
      expect(authorization).toBe(expected["authorization"]);
      expect(body).not.toContain(temporary.secretAccessKey);
    },
  );

  test("the page's server signs for the Region of the service if the GraphQL API has a custom domain", async () => {
    const { post } = await startTestPage({ appSyncUrl: new URL("https://graphql.example.com/graphql") });
    const { body } = await post(path, token, connectionText);
    expect(JSON.parse(body)).toMatchObject({
      authorization: expect.stringContaining("/us-east-1/appsync/aws4_request") as string,
    });
  });
});

describe("the page's server, asked to sign for AppSync,", () => {
  test.each<[string, Record<string, string>]>([
    ["ForeignHost", { host: "evil.example", ...token }],
    ["ForeignHost", { host: "127.0.0.1", ...token }],
    ["ForeignOrigin", { origin: "https://evil.example", ...token }],
    ["ForeignOrigin", { origin: "null", ...token }],
    ["ForeignOrigin", { "sec-fetch-site": "same-site", ...token }],
    ["ForeignOrigin", { referer: "http://localhost:1/", ...token }],
    ["InvalidToken", {}],
    ["InvalidToken", { origin: "http://HOST" }],
    ["InvalidToken", { "x-deltapipe-token": "TOKENx" }],
  ])("the page's server refuses with %s to sign for a request with the headers %o", async (name, headers) => {
    const { post } = await startTestPage({ appSyncUrl });
    const { status, body } = await post(path, headers, connectionText);
    expect([status, errorIn(body)]).toEqual([403, name]);
  });

  const start = JSON.parse(startText("an-id", "{}")) as { query: string; variables: { input: object } };
  const subscription = JSON.parse(subscriptionText("an-id")) as { query: string };
  test.each([
    ["an empty text", ""],
    ["a list", "[]"],
    ["an empty object with a space in it", "{ }"],
    ["a query", `{"query":"{ ping }"}`],
    ["a query of the schema", `{"query":"{ __schema { types { name } } }"}`],
    [
      "another mutation",
      JSON.stringify({
        query: "mutation P($input: PublishInput!) { publish(input: $input) { message } }",
        variables: start.variables,
      }),
    ],
    [
      "another subscription",
      JSON.stringify({
        query: "subscription C($id: ID!) { chat(chatId: $id) { data } }",
        variables: { id: "an-id" },
      }),
    ],
    [
      "a mutation with a second field",
      JSON.stringify({
        ...start,
        query: start.query.replace(/\}$/, "  ask(chatId: 1, prompt: 1) { data } }"),
      }),
    ],
    [
      "a mutation with another variable",
      JSON.stringify({ ...start, variables: { ...start.variables, more: 1 } }),
    ],
    [
      "a mutation with another input",
      JSON.stringify({ ...start, variables: { input: { ...start.variables.input, prompt: "x" } } }),
    ],
    ["a mutation with an operation's name", JSON.stringify({ ...start, operationName: "Start" })],
    ["a mutation with a number as its request", startText("an-id", "1").replace('"1"', "1")],
    ["a mutation with two requests", startText("an-id", "1").replace('"request"', '"request":"2","request"')],
    ["a subscription with a number as its id", JSON.stringify({ ...subscription, variables: { id: 1 } })],
    ["a subscription without variables", JSON.stringify(subscription.query)],
  ])("the page's server refuses to sign %s, and says why", async (_, text) => {
    const { post } = await startTestPage({ appSyncUrl });
    const { status, body } = await post(path, token, text);
    expect([status, errorIn(body)]).toEqual([400, "InvalidRequest"]);
    expect(body).toMatch(/Cannot sign the request: .* startConversation .*; use an AppSync client/);
    expect(body).not.toContain("AWS4-HMAC");
  });

  test("the page's server refuses to sign for a GET", async () => {
    const { get } = await startTestPage({ appSyncUrl });
    expect(errorIn((await get(path, token)).body)).toBe("InvalidRequest");
  });

  test("the page's server refuses with 413 to sign a text that is too long", async () => {
    const { post } = await startTestPage({ appSyncUrl });
    const { status, body } = await post(path, token, startText("an-id", "x".repeat(1024 * 1024)));
    expect([status, errorIn(body)]).toEqual([413, "PayloadTooLarge"]);
  });

  test("the page's server signs nothing while there are no credentials, and says why", async () => {
    const { provider, fail } = failingProvider();
    const reports: ProxyReport[] = [];
    const onRequest = (report: ProxyReport) => void reports.push(report);
    const { post } = await startTestPage({ appSyncUrl, credentials: provider, onRequest });
    fail();
    const { status, body } = await post(path, token, connectionText);
    expect([status, errorIn(body)]).toEqual([403, "NoCredentials"]);
    expect(body).toContain("the sign-in has expired");
    expect(reports.map(({ bug }) => bug)).toEqual([undefined]);
  });

  test("the page's server responds with 404 if the service has no GraphQL API", async () => {
    const { post } = await startTestPage();
    expect((await post(path, token, connectionText)).status).toBe(404);
  });
});

describe("the page", () => {
  test.each([
    [appSyncUrl.href, `https://${host} wss://a1b2c3.appsync-realtime-api.eu-west-1.amazonaws.com`],
    ["https://graphql.example.com/graphql", "https://graphql.example.com wss://graphql.example.com"],
    ["http://127.0.0.1:9003/graphql", "http://127.0.0.1:9003 ws://127.0.0.1:9003"],
  ])(
    "a page with the GraphQL API %s is allowed to connect only to its own server and to %s",
    async (url, origins) => {
      const { page } = await startTestPage({ appSyncUrl: new URL(url) });
      const { headers } = await waitFor("The page", fetch(page.url));
      expect(headers.get("content-security-policy")).toContain(`; connect-src 'self' ${origins};`);
    },
  );

  test("the page gets the URL of the GraphQL API from its server", async () => {
    const { get } = await startTestPage({ appSyncUrl });
    const { body } = await get("/~/service.json", token);
    expect(JSON.parse(body)).toMatchObject({ appSyncUrl: appSyncUrl.href });
  });
});

/** Reads a time such as "20260131T235959Z". */
function dateOf(text: string): Date {
  return new Date(text.replace(/(....)(..)(..)T(..)(..)(..)Z/, "$1-$2-$3T$4:$5:$6Z"));
}
