// Responses from AWS, a proxy or an unrelated server: the error says what to do, and does not quote the response.
import { describe, expect, test } from "vitest";
import { sendJson, sendStream } from "../support/servers/line-service.ts";
import { tryRequest } from "../support/callers/one-request.ts";
import { toLines } from "../support/frames/sample-stream.ts";

describe("a response that is not from the service", () => {
  const forbidden = {
    Message: "Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws",
  };
  const mismatch = {
    message:
      "The request signature we calculated does not match.\n\nThe Canonical String … x-amz-security-token:SECRET",
  };

  test.each([
    [
      "AWS's 403",
      403,
      forbidden,
      { "x-amzn-errortype": "AccessDeniedException" },
      "AuthorizationError",
      "InvokeFunctionUrl and lambda:InvokeFunction",
    ],
    [
      "AWS's signature mismatch",
      403,
      mismatch,
      { "x-amzn-errortype": "InvalidSignatureException:http" },
      "AuthorizationError",
      "InvalidSignatureException",
    ],
    [
      "AWS's 400 about the signature",
      400,
      mismatch,
      { "x-amzn-errortype": "IncompleteSignatureException" },
      "AuthorizationError",
      "and the Region",
    ],
    [
      "AWS's 403 that has only the request's id",
      403,
      forbidden,
      { "x-amzn-requestid": "r" },
      "AuthorizationError",
      "AWS rejected the request",
    ],
    [
      "a 403 from a proxy",
      403,
      { error: "SECRET" },
      {},
      "AuthorizationError",
      "a server other than AWS rejected the request (status 403, application/json); check the URL, and the proxy",
    ],
    [
      "a 401 from a proxy",
      401,
      "SECRET",
      { "www-authenticate": "Basic" },
      "AuthorizationError",
      "a server other than AWS rejected the request (status 401",
    ],
    [
      "AWS's throttling",
      429,
      { Reason: "x", message: "Rate Exceeded." },
      { "x-amzn-requestid": "r" },
      "RetryLaterError",
      "Rate Exceeded.",
    ],
    ["a bare 503", 503, "", {}, "RetryLaterError", "(status 503"],
    [
      "a function that crashed",
      502,
      { Message: "Internal Server Error" },
      { "x-amzn-requestid": "r" },
      "ServiceError",
      "Internal Server Error",
    ],
    ["a bare 500", 500, "<html>SECRET", {}, "ServiceError", "(status 500"],
    [
      "AWS's 413 at its limit of 6 MB",
      413,
      { message: "Too large" },
      { "x-amzn-errortype": "RequestEntityTooLargeException" },
      "RequestError",
      "Too large",
    ],
    [
      "a 404 from another server",
      404,
      "<html>SECRET",
      {},
      "ConfigurationError",
      "Cannot find a Deltapipe service at this URL",
    ],
    ["a JSON 404 from another server", 404, { message: "SECRET" }, {}, "ConfigurationError", "(status 404"],
    [
      "a 200 in HTML",
      200,
      "<html>SECRET",
      { "content-type": "text/html" },
      "ConfigurationError",
      "text/html",
    ],
    ["a 204", 204, "", {}, "ConfigurationError", "(status 204"],
    [
      "a redirect",
      302,
      "",
      { location: "https://elsewhere/" },
      "ConfigurationError",
      '302 to "https://elsewhere/"',
    ],
    [
      "an incomplete error object",
      400,
      { type: "error", error: { name: "SECRET" } },
      {},
      "ConfigurationError",
      "400",
    ],
    ["a very long error body", 500, `SECRET${"x".repeat(200_000)}`, {}, "ServiceError", "(status 500"],
  ])("%s (status %i) becomes an error of the right class", async (_, status, value, headers, name, found) => {
    const { error, attempts } = await tryRequest(({ response }) =>
      sendJson(response, status, value, headers as Record<string, string>),
    );
    expect(error).toMatchObject({ name });
    expect(error.message).toContain(found);
    expect(error.message).not.toContain("SECRET");
    expect(attempts).toBe(name === "RetryLaterError" ? 3 : 1);
  });

  test("a 403 from AWS becomes an error that has AWS's error name and request id", async () => {
    const headers = { "x-amzn-errortype": "AccessDeniedException", "x-amzn-requestid": "aws-1" };
    const { error } = await tryRequest(({ response }) => sendJson(response, 403, forbidden, headers));
    expect(error).toMatchObject({ code: "AccessDeniedException", requestId: "aws-1" });
  });

  test.each([
    [-20, "20 minutes fast"],
    [20, "20 minutes slow"],
    [1, undefined],
  ])(
    "the error for a 403 mentions this machine's clock only if that clock is five or more minutes wrong: %i minutes",
    async (minutes, hint) => {
      const date = new Date(Date.now() + minutes * 60_000).toUTCString();
      const { error } = await tryRequest(({ response }) => sendJson(response, 403, forbidden, { date }));
      if (hint === undefined) expect(error.message).not.toContain("clock");
      else expect(error.message).toContain(`clock, which is ${hint}`);
    },
  );

  test.each([
    ["a different version of the lines", { type: "start", version: 2 }, "found version 2"],
    ["the lines of another format", { type: "message_start" }, "found a different first line"],
  ])("a response is rejected if it has %s", async (_, line, found) => {
    const { error } = await tryRequest(({ response }) => sendStream(response, toLines([line])));
    expect(error).toMatchObject({ name: "ConfigurationError" });
    expect(error.message).toContain(found);
  });
});
