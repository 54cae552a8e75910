// Tests that only pages of listed origins may call the local stack, which has the CORS settings of a deployment.
import { createRequire } from "node:module";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CorsConfiguration } from "../../lib/local/function-url/cors.ts";
import { waitFor } from "../support/deadline.ts";
import { startTestStack, type TestStack } from "../support/servers/local-stack.ts";

const { cors } = createRequire(import.meta.url)("../../lib/deployment/cors-origins.cjs") as {
  cors: (parameters: {
    ofFunction: { answerRetentionMinutes: string };
    corsOrigins: string[];
  }) => CorsConfiguration;
};
const origin = "http://127.0.0.1:5173";

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ service: { cors: corsOf("60") } });
});
afterAll(() => stack.close());

/** The CORS settings of a service that keeps answers for this number of minutes. With "none" it keeps no answers. */
function corsOf(answerRetentionMinutes: string): CorsConfiguration {
  return cors({ ofFunction: { answerRetentionMinutes }, corsOrigins: [origin] });
}

/** The names of the headers of a signed request that resumes an answer or an event stream, as a preflight lists them. */
const requestHeaders =
  "authorization,content-type,idempotency-key,last-event-id,x-amz-content-sha256,x-amz-date,x-amz-security-token";

async function preflight(from: string, path: string, method: string) {
  const headers = {
    origin: from,
    "access-control-request-method": method,
    "access-control-request-headers": requestHeaders,
  };
  // Not signed: browsers do not sign preflights.
  return waitFor("the preflight", fetch(new URL(path, stack.url), { method: "OPTIONS", headers }));
}

describe("pages", () => {
  test.each([
    ["/", "POST"],
    ["/models", "GET"],
  ])("a page may send a signed request to %s with %s", async (path, method) => {
    const { status, headers } = await preflight(origin, path, method);
    expect([status, headers.get("access-control-allow-origin")]).toEqual([200, origin]);
    expect(headers.get("access-control-allow-methods")?.split(",")).toContain(method);
    const allowed = headers.get("access-control-allow-headers")?.split(",");
    expect(allowed).toEqual(expect.arrayContaining(requestHeaders.split(",")));
  });

  test.each(["http://127.0.0.1:5174", "http://localhost:5173", "https://127.0.0.1:5173"])(
    "a page of the origin %s may not send requests",
    async (other) => {
      const { headers } = await preflight(other, "/", "POST");
      expect(headers.get("access-control-allow-origin")).toBeNull();
    },
  );

  test("a page may not send the header idempotency-key to a service that keeps no answers", () => {
    const without = corsOf("60").allowedHeaders?.filter((name) => name !== "idempotency-key");
    expect(corsOf("none")).toEqual({ ...corsOf("60"), allowedHeaders: without });
  });

  test("a page may read the date, the request id and the retry delay of answers and errors", async () => {
    for (const body of [
      { prompt: "x", modelId: "local.echo" },
      { prompt: "x", modelId: "local.throttled" },
    ]) {
      const { headers } = await stack.ask(body, { headers: { origin } });
      const exposed = headers.get("access-control-expose-headers")?.split(",");
      expect(exposed).toEqual(["date", "retry-after", "x-amzn-errortype", "x-amzn-requestid"]);
      expect(Date.parse(headers.get("date") ?? "")).not.toBeNaN();
      expect(headers.get("access-control-allow-origin")).toBe(origin);
    }
  });
});
