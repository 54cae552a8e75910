// CORS as the Function URL does it, in the function's stead.
import { describe, expect, test } from "vitest";
import type { CorsConfiguration } from "../../../lib/local/function-url/cors.ts";
import { answerWith, call, startUrl, readText } from "../../support/servers/function-url.ts";

const CORS: CorsConfiguration = {
  allowedOrigins: ["https://app.example"],
  allowedMethods: ["POST"],
  allowedHeaders: ["authorization", "x-amz-date"],
  exposedResponseHeaders: ["x-amzn-requestid"],
  maxAge: 300,
};

/** The response's CORS headers, and its status. */
async function preflight(cors: CorsConfiguration | undefined, headers: Record<string, string>) {
  const url = await startUrl({ ...(cors && { cors }), answer: answerWith({}, "x") });
  const response = await call(
    { port: url.port },
    { method: "OPTIONS" },
    { unsent: { ...headers, authorization: "" } },
  );
  expect(url.invocations).toHaveLength(0);
  return { status: response.statusCode, body: await readText(response), ...corsOf(response.headers) };
}

function corsOf(headers: object): object {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.startsWith("access-control-") || name === "vary"),
  );
}

const ASKING = {
  origin: "https://app.example",
  "access-control-request-method": "POST",
  "access-control-request-headers": "authorization",
};

describe("a preflight, which is never signed,", () => {
  test("is answered from the configuration", async () => {
    expect(await preflight(CORS, ASKING)).toEqual({
      status: 200,
      body: "",
      vary: "Origin",
      "access-control-allow-origin": "https://app.example",
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": "authorization,x-amz-date",
      "access-control-max-age": "300",
    });
  });

  test("gets no permission for another origin", async () => {
    const answer = await preflight(CORS, { ...ASKING, origin: "https://evil.example" });
    expect(answer).toEqual({ status: 200, body: "", vary: "Origin" });
  });

  test("is allowed anything by wildcards", async () => {
    const cors = { allowedOrigins: ["*"], allowedMethods: ["*"], allowedHeaders: ["*"] };
    expect(await preflight(cors, ASKING)).toEqual({
      status: 200,
      body: "",
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "*",
      "access-control-allow-headers": "*",
    });
  });

  test("is told by name what wildcards allow to requests with credentials", async () => {
    const cors = {
      allowedOrigins: ["*"],
      allowedMethods: ["*"],
      allowedHeaders: ["*"],
      allowCredentials: true,
    };
    expect(await preflight(cors, ASKING)).toEqual({
      status: 200,
      body: "",
      vary: "Origin",
      "access-control-allow-origin": "https://app.example",
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": "authorization",
      "access-control-allow-credentials": "true",
    });
  });

  test("is forbidden when no CORS is configured", async () => {
    expect(await preflight(undefined, ASKING)).toMatchObject({
      status: 403,
      body: expect.stringContaining("Forbidden"),
    });
  });

  test("must say which method it asks for: an OPTIONS request that does not is no preflight", async () => {
    expect(await preflight(CORS, { origin: ASKING.origin })).toMatchObject({ status: 403 });
  });
});

describe("a response", () => {
  const headers = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "PUT",
    vary: "Accept",
  };

  test("has the configuration's headers in place of the function's", async () => {
    const url = await startUrl({ cors: CORS, answer: answerWith({ headers }, "x") });
    const response = await call(url, {}, { unsent: { origin: ASKING.origin } });
    expect(corsOf(response.headers)).toEqual({
      "access-control-allow-origin": "https://app.example",
      "access-control-expose-headers": "x-amzn-requestid",
      vary: "Accept, Origin",
    });
  });

  test("gives nothing away to another origin", async () => {
    const url = await startUrl({ cors: CORS, answer: answerWith({ headers }, "x") });
    const response = await call(url, {}, { unsent: { origin: "https://evil.example" } });
    expect(corsOf(response.headers)).toEqual({ vary: "Accept, Origin" });
  });

  test("has the function's own headers when no CORS is configured", async () => {
    const url = await startUrl({ answer: answerWith({ headers }, "x") });
    expect(corsOf((await call(url)).headers)).toEqual(headers);
  });

  test("has them also when it is a refusal, so that a page can read why", async () => {
    const url = await startUrl({ cors: CORS });
    const response = await call(url, {}, { secretAccessKey: "wrong", unsent: { origin: ASKING.origin } });
    expect(response.statusCode).toBe(403);
    expect(corsOf(response.headers)).toMatchObject({ "access-control-allow-origin": "https://app.example" });
  });
});
