// Computes hashes and the `authorization` header of AWS Signature Version 4 with Node's crypto module and aws4.
import { createHash } from "node:crypto";
import { authorizationOf } from "../../shared/sigv4.ts";
import type { Sigv4 } from "../compute-signature.ts";

export const sigv4: Sigv4 = {
  sha256: (content) => createHash("sha256").update(content).digest("hex"),
  authorizationOf,
};
