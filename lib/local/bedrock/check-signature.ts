// Verifies the signature of a request to Bedrock, with the verifier that the Function URL uses.
import { pairHeaders, verifySignature } from "../signature/index.ts";
import type { Verify } from "./check-authorization.ts";

/** The returned function resolves with AWS's error message, or undefined if the signature is valid. */
export function verifyFor(region: string): Verify {
  return async ({ method, path, headers, body }, credentials) => {
    const pairs = Object.entries(headers).flatMap(([name, value = []]) =>
      [value].flat().flatMap((single) => [name, single]),
    );
    const verdict = await verifySignature(
      { method, target: path, headers: pairHeaders(pairs), body },
      {
        credentials: (id) => (id === credentials.accessKeyId ? credentials : undefined),
        region,
        service: "bedrock",
        now: Date.now(),
        skewMs: 5 * 60_000,
      },
    );
    return verdict.ok ? undefined : verdict.error.message;
  };
}
