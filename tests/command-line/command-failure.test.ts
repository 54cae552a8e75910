// How a command that fails ends: the exit code and one sentence tell the class of the failure.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LineExchange, sendJson, streamHeaders, wireError } from "../support/servers/line-service.ts";
import { type LocalCommandLine, startLocalCommandLine } from "../support/processes/local-command-line.ts";

let local: LocalCommandLine;
beforeAll(async () => {
  local = await startLocalCommandLine();
});
afterAll(() => local.remove());

describe("the exit code and one sentence tell the class of the failure", () => {
  test.each([
    ["a request that is refused", "none", 3, /ModelNotAllowed: The model "none" is not served here/],
    ["a service that fails", "local.denied", 6, /UpstreamAccessDenied: .*; asking again is not worth it/],
    ["a stream that fails", "local.mid-validation", 7, /ValidationException: .*not the whole answer \(req/],
    ["a stream that may be had again", "local.cut", 7, /StreamTruncated: .*; asking again may help/],
  ])("%s", async (_, model, exitCode, sentence) => {
    const { code, stderr } = await local.ask(["--model", model, "hi"]);
    expect(code).toBe(exitCode);
    expect(stderr).toMatch(sentence);
    expect(stderr).toMatch(/^[A-Z][^\n]+\(request [\w-]{36}\)\n$/);
  });

  test("what arrived before a failure is printed", async () => {
    expect((await local.ask(["--model", "local.cut", "hi"])).stdout).toBe("So far all is well, and then\n");
  });

  test("a stream that was cut", async () => {
    const start = '{"type":"start","version":1,"requestId":"r-1","modelId":"m"}\n';
    const answer = ({ response }: LineExchange) => response.writeHead(200, streamHeaders).end(start);
    const { code, stderr } = await local.askService(answer, ["hi"]);
    expect(code).toBe(8);
    expect(stderr).toBe("The stream ended before its last line; asking again may help (request r-1)\n");
  });

  test("a busy service", async () => {
    const answer = ({ response }: LineExchange) =>
      sendJson(response, 429, wireError("ThrottlingException", true), { "retry-after": "3600" });
    const { code, stderr } = await local.askService(answer, ["hi"]);
    expect(code).toBe(5);
    expect(stderr).toMatch(/: Because of ThrottlingException; try again in 3600 s \(request request-1\)\n$/);
  });

  test("credentials that AWS refuses", async () => {
    const answer = ({ response }: LineExchange) =>
      sendJson(response, 403, { Message: "Forbidden" }, { "x-amzn-requestid": "r-2" });
    const { code, stderr } = await local.askService(answer, ["hi"]);
    expect(code).toBe(4);
    expect(stderr).toMatch(/^AWS refused the request: .*lambda:InvokeFunctionUrl.*\(request r-2\)\n$/);
  });

  test("nobody listens", async () => {
    const { code, stderr } = await local.run(["ask", "hi"]);
    expect(code).toBe(5);
    expect(stderr).toBe(
      "Cannot connect to 127.0.0.1:9: ECONNREFUSED; start the local stack with npm start, " +
        "or name a service with --url or DELTAPIPE_URL\n",
    );
  });
});

test("control characters of a server's message do not reach the terminal", async () => {
  const error = { name: "InvalidRequest", message: "\u001b[2J\u0007", retryable: false, requestId: "r" };
  const answer = ({ response }: LineExchange) => sendJson(response, 400, { type: "error", error });
  const { stderr } = await local.askService(answer, ["hi"]);
  expect(stderr).toBe("The service refused the request with InvalidRequest: \uFFFD[2J\uFFFD (request r)\n");
});
