// Signs a URL with aws4 and Node's crypto module.
import { authorizationOf } from "../../shared/sigv4.ts";
import { type PresigningOptions, presignWith } from "../presign-url.ts";

/**
 * Signs a GET without a body, such as the handshake of a WebSocket, and returns the URL to open. Everyone who has this URL
 * can use it until it expires, and with temporary credentials it contains the session token: treat it like a password.
 *
 * Accepts URLs with `wss:` and `https:`, and with `ws:` and `http:` if they name this machine. Rejects with the same errors as
 * `signRequest`.
 *
 * @example
 * const scope = { region: "us-east-1", service: "execute-api" };
 * const url = await presignUrl("ws://127.0.0.1:9002/v1", { credentials, ...scope, expiresIn: 60 });
 */
export function presignUrl(url: string | URL, options: PresigningOptions): Promise<string> {
  return presignWith({ authorizationOf }, url, options);
}
