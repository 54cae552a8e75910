// Turns off the signing in `clientOn`, for clients that sign connections or other requests instead.
import type { Sigv4 } from "../../signer/compute-signature.ts";

export const unsigned: Sigv4 = { sha256: () => "", authorizationOf: () => "" };
/** These credentials are never sent, but `clientOn` requires valid ones. */
export const noCredentials = { accessKeyId: "unused", secretAccessKey: "unused" };
