// The headers of a call to Bedrock: signed as AWS Signature Version 4, on aws4, by a clock that Bedrock sets right.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import aws4 from "aws4";
import { bedrockFailure } from "./failures.ts";
import type { Endpoint, Environment } from "./endpoint.ts";

export interface Signer {
  /** All headers of the request. Throws the `ConverseError` that missing credentials amount to. */
  sign(path: string, body: Buffer): Record<string, string>;
  /** True if the request was refused for being signed with the wrong time; the next one will not be. */
  correctClock(name: string, refusal: IncomingMessage): boolean;
}

/** AWS accepts a signature for five minutes; Bedrock's clock is known to the second. */
const toleratedMs = 240_000;
/** A date beyond it is no clock's: that of a signature has four digits for the year. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
const latestDate = Date.UTC(9999, 0);
/** What a wrong clock is refused with, as AWS's SDKs know it. Any other answer may come from a proxy with a clock of its own. */
const clockNames: ReadonlySet<string> = new Set([
  "AccessDeniedException",
  "AuthFailure",
  "InvalidSignatureException",
  "RequestExpired",
  "RequestInTheFuture",
  "RequestTimeTooSkewed",
  "SignatureDoesNotMatch",
]);
/** What a header may hold of these: visible ASCII. */
const secrets = [
  "AWS_BEARER_TOKEN_BEDROCK",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
];
const isVisible = /^[!-~]*$/;

/** Throws an Error that names the variable which holds what no header may. */
export function createSigner({ url, region }: Endpoint, environment: Environment): Signer {
  for (const name of secrets) {
    if (isVisible.test(environment[name] ?? "")) continue;
    // Its value is a secret: the message holds none of it.
    const found = "found white space, a line break or another character that no header may hold";
    throw new Error(`Cannot start: ${name}: expected visible ASCII characters, ${found}`);
  }
  /** What Bedrock's clock is ahead of this one. */
  let ahead = 0;

  function signed(headers: Record<string, string>, path: string): string {
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment;
    if (!accessKeyId || !secretAccessKey) {
      // aws4 would sign as "undefined".
      const message = "AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not set";
      throw bedrockFailure("CredentialsProviderError", message);
    }
    const request = { service: "bedrock", region, method: "POST", headers };
    const signer = new aws4.RequestSigner(request, { accessKeyId, secretAccessKey });
    // With the parsed path set, aws4 neither parses the URL nor adds headers of its own guess.
    signer.parsedPath = { path, query: {} };
    signer.datetime = headers["x-amz-date"] ?? "";
    return signer.authHeader();
  }

  return {
    sign(path, body) {
      const {
        AWS_SESSION_TOKEN: token,
        AWS_BEARER_TOKEN_BEDROCK: bearer,
        _X_AMZN_TRACE_ID: trace = "",
      } = environment;
      const common = {
        host: url.host,
        "content-type": "application/json",
        "content-length": String(body.length),
      };
      // A trace id that no header may hold is left out: no request fails for the sake of its trace.
      const traced = trace !== "" && isVisible.test(trace) && { "x-amzn-trace-id": trace };
      const unsigned = { "user-agent": "deltapipe", ...traced };
      // An API key of Bedrock's, where the function was given one.
      // https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys-use.html
      if (bearer) return { ...common, ...unsigned, authorization: `Bearer ${bearer}` };
      const headers = {
        ...common,
        "x-amz-content-sha256": createHash("sha256").update(body).digest("hex"),
        "x-amz-date": new Date(Date.now() + ahead).toISOString().replaceAll(/[-:]|\.\d{3}/g, ""),
        ...(token && { "x-amz-security-token": token }),
      };
      return { ...headers, ...unsigned, authorization: signed(headers, path) };
    },

    correctClock(name, { headers }) {
      const date = Date.parse(headers.date ?? "");
      // An answer with an age was made some time ago, by a cache.
      if (!clockNames.has(name) || headers.age !== undefined) return false;
      // Nor where there is no date, and this is not a number.
      if (!(date > 0 && date < latestDate)) return false;
      const difference = date - Date.now() - ahead;
      if (Math.abs(difference) <= toleratedMs) return false;
      ahead += difference;
      return true;
    },
  };
}
