// Tests how the Function URL handles CORS for the function.
import { describe, expect, test } from "vitest";
import type { CorsConfiguration } from "../../../lib/local/function-url/cors.ts";
import { answerWith, call, startUrl, readText } from "../../support/servers/local-function-url.ts";

const corsConfiguration: CorsConfiguration = {
  allowedOrigins: ["https://app.example"],
  allowedMethods: ["POST"],
  allowedHeaders: ["authorization", "x-amz-date"],
  exposedResponseHeaders: ["x-amzn-requestid"],
  maxAge: 300,
};

/** Sends an unsigned preflight. Returns the response's status, body and CORS headers. */
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

const preflightRequest = {
  origin: "https://app.example",
  "access-control-request-method": "POST",
  "access-control-request-headers": "authorization",
};

describe("an unsigned preflight", () => {
  test("an unsigned preflight is answered from the configuration", async () => {
    expect(await preflight(corsConfiguration, preflightRequest)).toEqual({
      status: 200,
      body: "",
      vary: "Origin",
      "access-control-allow-origin": "https://app.example",
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": "authorization,x-amz-date",
      "access-control-max-age": "300",
    });
  });

  test("an unsigned preflight gets no permission for another origin", async () => {
    const answer = await preflight(corsConfiguration, {
      ...preflightRequest,
      origin: "https://evil.example",
    });
    expect(answer).toEqual({ status: 200, body: "", vary: "Origin" });
  });

  test("an unsigned preflight gets wildcards where they are configured", async () => {
    const cors = { allowedOrigins: ["*"], allowedMethods: ["*"], allowedHeaders: ["*"] };
    expect(await preflight(cors, preflightRequest)).toEqual({
      status: 200,
      body: "",
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "*",
      "access-control-allow-headers": "*",
    });
  });

  test("an unsigned preflight gets names instead of wildcards if credentials are allowed", async () => {
    const cors = {
      allowedOrigins: ["*"],
      allowedMethods: ["*"],
      allowedHeaders: ["*"],
      allowCredentials: true,
    };
    expect(await preflight(cors, preflightRequest)).toEqual({
      status: 200,
      body: "",
      vary: "Origin",
      "access-control-allow-origin": "https://app.example",
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": "authorization",
      "access-control-allow-credentials": "true",
    });
  });

  test("an unsigned preflight gets 403 when no CORS is configured", async () => {
    expect(await preflight(undefined, preflightRequest)).toMatchObject({
      status: 403,
      body: expect.stringContaining("Forbidden"),
    });
  });

  test("an unsigned preflight gets 403, as any other unsigned request does, when it names no method", async () => {
    expect(await preflight(corsConfiguration, { origin: preflightRequest.origin })).toMatchObject({
      status: 403,
    });
  });
});

describe("a response", () => {
  const headers = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "PUT",
    vary: "Accept",
  };

  test("a response has the configured CORS headers instead of the function's", async () => {
    const url = await startUrl({ cors: corsConfiguration, answer: answerWith({ headers }, "x") });
    const response = await call(url, {}, { unsent: { origin: preflightRequest.origin } });
    expect(corsOf(response.headers)).toEqual({
      "access-control-allow-origin": "https://app.example",
      "access-control-expose-headers": "x-amzn-requestid",
      vary: "Accept, Origin",
    });
  });

  test("a response has no CORS headers for another origin", async () => {
    const url = await startUrl({ cors: corsConfiguration, answer: answerWith({ headers }, "x") });
    const response = await call(url, {}, { unsent: { origin: "https://evil.example" } });
    expect(corsOf(response.headers)).toEqual({ vary: "Accept, Origin" });
  });

  test("a response has the function's own CORS headers when no CORS is configured", async () => {
    const url = await startUrl({ answer: answerWith({ headers }, "x") });
    expect(corsOf((await call(url)).headers)).toEqual(headers);
  });

  test("an error response has CORS headers too, so that a page can read it", async () => {
    const url = await startUrl({ cors: corsConfiguration });
    const response = await call(
      url,
      {},
      { secretAccessKey: "wrong", unsent: { origin: preflightRequest.origin } },
    );
    expect(response.statusCode).toBe(403);
    expect(corsOf(response.headers)).toMatchObject({ "access-control-allow-origin": "https://app.example" });
  });
});
