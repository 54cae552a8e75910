// Tests failed commands: each class of error has an exit code and one sentence.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LineExchange, sendJson, streamHeaders, wireError } from "../support/servers/line-service.ts";
import { type LocalCommandLine, startLocalCommandLine } from "../support/processes/local-command-line.ts";

let local: LocalCommandLine;
beforeAll(async () => {
  local = await startLocalCommandLine();
});
afterAll(() => local.remove());

describe("a failed command", () => {
  test.each([
    [3, "a request that the service rejects", "none", /ModelNotAllowed: Cannot use the model "none"/],
    [
      6,
      "a request that the service cannot answer",
      "local.denied",
      /UpstreamAccessDenied: .*; asking again is unlikely to help/,
    ],
    [7, "a stream that fails", "local.mid-validation", /ValidationException: .*answer is incomplete \(req/],
    [7, "a stream that fails and can be retried", "local.cut", /StreamTruncated: .*; asking again may help/],
  ])("a command exits with %i and prints one sentence after %s", async (exitCode, _, model, sentence) => {
    const { code, stderr } = await local.ask(["--model", model, "hi"]);
    expect(code).toBe(exitCode);
    expect(stderr).toMatch(sentence);
    expect(stderr).toMatch(/^[A-Z][^\n]+\(request [\w-]{36}\)\n$/);
  });

  test("a failed command prints the part of the answer that arrived", async () => {
    expect((await local.ask(["--model", "local.cut", "hi"])).stdout).toBe("So far all is well, and then\n");
  });

  test("a command exits with 8 if the stream was cut", async () => {
    const start = '{"type":"start","version":1,"requestId":"r-1","modelId":"m"}\n';
    const answer = ({ response }: LineExchange) => response.writeHead(200, streamHeaders).end(start);
    const { code, stderr } = await local.askService(answer, ["hi"]);
    expect(code).toBe(8);
    expect(stderr).toBe(
      "Cannot finish the answer: the stream ended before its last line; asking again may help (request r-1)\n",
    );
  });

  test("a command exits with 5 if the service is busy, and says when to try again", async () => {
    const answer = ({ response }: LineExchange) =>
      sendJson(response, 429, wireError("ThrottlingException", true), { "retry-after": "3600" });
    const { code, stderr } = await local.askService(answer, ["hi"]);
    expect(code).toBe(5);
    expect(stderr).toMatch(/: Because of ThrottlingException; try again in 3600 s \(request request-1\)\n$/);
  });

  test("a command exits with 4 if AWS rejects the credentials", async () => {
    const answer = ({ response }: LineExchange) =>
      sendJson(response, 403, { Message: "Forbidden" }, { "x-amzn-requestid": "r-2" });
    const { code, stderr } = await local.askService(answer, ["hi"]);
    expect(code).toBe(4);
    expect(stderr).toMatch(
      /^Cannot call the service: AWS rejected .*lambda:InvokeFunctionUrl.*\(request r-2\)\n$/,
    );
  });

  test("a command exits with 5 if nothing listens at the URL, and says how to start the local stack", async () => {
    const { code, stderr } = await local.run(["ask", "hi"]);
    expect(code).toBe(5);
    expect(stderr).toBe(
      "Cannot connect to 127.0.0.1:9: ECONNREFUSED; start the local stack with npm start, " +
        "or name a service with --url or DELTAPIPE_URL\n",
    );
  });

  test("a failed command does not print control characters from a server's message", async () => {
    const error = { name: "InvalidRequest", message: "\u001b[2J\u0007", retryable: false, requestId: "r" };
    const answer = ({ response }: LineExchange) => sendJson(response, 400, { type: "error", error });
    const { stderr } = await local.askService(answer, ["hi"]);
    expect(stderr).toBe(
      "The service rejected the request with InvalidRequest: \uFFFD[2J\uFFFD (request r)\n",
    );
  });
});
