// For clients that sign something else than the requests of `clientOn`: a connection, or the requests that a question takes.
import type { Sigv4 } from "../../signer/compute-signature.ts";

export const unsigned: Sigv4 = { sha256: () => "", authorizationOf: () => "" };
/** They are never sent, but `clientOn` checks them. */
export const noCredentials = { accessKeyId: "unused", secretAccessKey: "unused" };
