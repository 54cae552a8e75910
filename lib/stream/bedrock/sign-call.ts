// Signs calls to AWS with Signature Version 4, and corrects a wrong clock from the dates in AWS's responses.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { amzDate } from "../../shared/amz-date.ts";
import { authorizationOf } from "../../shared/sigv4.ts";
import { bedrockFailure } from "./bedrock-errors.ts";
import type { Endpoint, Variables } from "./endpoint.ts";

export interface Signer {
  /** Returns all headers of the request, including `more`. Throws a `ConverseError` if there are no credentials. */
  sign(path: string, body: Buffer, more?: Record<string, string>): Record<string, string>;
  /** Returns true if the error was caused by a wrong time in the signature. The next signature has the right time. */
  correctClock(errorName: string, response: IncomingMessage): boolean;
}

/** How far our clock may be wrong before it is corrected. AWS accepts a signature for five minutes; four leave a margin. */
const toleratedMs = 240_000;
/**
 * Later dates cannot be signed: the year has four digits.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
const latestDate = Date.UTC(9999, 0);
/** The errors that AWS's SDKs attribute to a wrong clock. Other responses may come from a proxy, whose clock may be wrong. */
const clockNames: ReadonlySet<string> = new Set([
  "AccessDeniedException",
  "AuthFailure",
  "InvalidSignatureException",
  "RequestExpired",
  "RequestInTheFuture",
  "RequestTimeTooSkewed",
  "SignatureDoesNotMatch",
]);
/** The variables with credentials. All are sent in headers, except for the secret key, which only computes the signature. */
const secrets = [
  "AWS_BEARER_TOKEN_BEDROCK",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
];
/** The characters that a header may hold, apart from white space. */
export const visibleAscii = /^[!-~]*$/;

/** Throws an Error that names the variable if a secret has characters that a header cannot hold. */
export function createSigner(
  { url, region }: Endpoint,
  variables: Variables,
  service: "appsync" | "bedrock" | "dynamodb" | "execute-api" | "lambda" = "bedrock",
): Signer {
  for (const name of secrets) {
    if (visibleAscii.test(variables[name] ?? "")) continue;
    // The message must not quote the value, which is a secret.
    const found = "contains white space or another character that a header cannot hold";
    throw new Error(`Cannot start: ${name} ${found}; copy it again`);
  }
  /** How far AWS's clock is ahead of ours, in milliseconds. */
  let ahead = 0;

  function signed(headers: Record<string, string>, path: string): string {
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = variables;
    if (!accessKeyId || !secretAccessKey) {
      // aws4 would sign with the key "undefined".
      const message = "AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not set";
      throw bedrockFailure("CredentialsProviderError", message);
    }
    const request = { service, region, method: "POST", path, query: {}, headers };
    return authorizationOf(request, { accessKeyId, secretAccessKey });
  }

  return {
    sign(path, body, more) {
      const {
        AWS_SESSION_TOKEN: token,
        AWS_BEARER_TOKEN_BEDROCK: bearer,
        _X_AMZN_TRACE_ID: trace = "",
      } = variables;
      const common = {
        host: url.host,
        "content-type": "application/json",
        "content-length": String(body.length),
        ...more,
      };
      // A malformed trace id is left out, because a request must not fail because of its trace.
      const traced = trace !== "" && visibleAscii.test(trace) && { "x-amzn-trace-id": trace };
      const unsigned = { "user-agent": "deltapipe", ...traced };
      // A Bedrock API key replaces the signature.
      // https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys-use.html
      if (bearer && service === "bedrock")
        return { ...common, ...unsigned, authorization: `Bearer ${bearer}` };
      const headers = {
        ...common,
        "x-amz-content-sha256": createHash("sha256").update(body).digest("hex"),
        "x-amz-date": amzDate(new Date(Date.now() + ahead)),
        ...(token && { "x-amz-security-token": token }),
      };
      return { ...headers, ...unsigned, authorization: signed(headers, path) };
    },

    correctClock(errorName, { headers }) {
      const date = Date.parse(headers.date ?? "");
      // A response with an `age` header comes from a cache, so its date is in the past.
      if (!clockNames.has(errorName) || headers.age !== undefined) return false;
      // Without a date header, `date` is NaN, and both comparisons are false.
      if (!(date > 0 && date < latestDate)) return false;
      const difference = date - Date.now() - ahead;
      if (Math.abs(difference) <= toleratedMs) return false;
      ahead += difference;
      return true;
    },
  };
}
