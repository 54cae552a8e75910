// The headers of a call to Bedrock: signed as AWS Signature Version 4, on aws4, by a clock that Bedrock sets right.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import aws4 from "aws4";
import { bedrockFailure } from "../errors.ts";
import type { Endpoint, Environment } from "./endpoint.ts";

export interface Signer {
  /** All headers of the request. Throws the `ConverseError` that missing credentials amount to. */
  sign(path: string, body: Buffer): Record<string, string>;
  /** True if the refused request may have been signed with the wrong time; the next one will not be. */
  correctClock(refusal: IncomingMessage): boolean;
}

/** AWS accepts a signature for five minutes; Bedrock's clock is known to the second. */
const toleratedMs = 240_000;

export function createSigner({ url, region }: Endpoint, environment: Environment): Signer {
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
        _X_AMZN_TRACE_ID: trace,
      } = environment;
      const common = {
        host: url.host,
        "content-type": "application/json",
        "content-length": String(body.length),
      };
      const unsigned = { "user-agent": "deltapipe", ...(trace && { "x-amzn-trace-id": trace }) };
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

    correctClock({ headers }) {
      const difference = Date.parse(headers.date ?? "") - Date.now() - ahead;
      // Also where there is no date, and the difference is not a number.
      if (!(Math.abs(difference) > toleratedMs)) return false;
      ahead += difference;
      return true;
    },
  };
}
