// Reads the body passed to fetch as bytes that can be hashed, and finds the content type that fetch would set for it.
import { ConfigurationError } from "./errors.ts";

export interface SignableBody {
  bytes: Uint8Array | undefined;
  contentType?: string;
}

/** The bytes are a copy, because the caller may change the original before the request is signed and sent. */
export async function readSignableBody(body: unknown, request: Request | undefined): Promise<SignableBody> {
  if (body === undefined && request) return { bytes: request.body ? await readBytes(request) : undefined };
  if (body === undefined || body === null) return { bytes: undefined };
  if (typeof body === "string")
    return { bytes: new TextEncoder().encode(body), contentType: "text/plain;charset=UTF-8" };
  if (body instanceof URLSearchParams) {
    return {
      bytes: new TextEncoder().encode(body.toString()),
      contentType: "application/x-www-form-urlencoded;charset=UTF-8",
    };
  }
  const bytes = bytesOf(body);
  if (bytes) return { bytes: bytes.slice() };
  if (body instanceof Blob) {
    const read = await readBytes(body);
    return body.type === "" ? { bytes: read } : { bytes: read, contentType: body.type };
  }
  throw new ConfigurationError(
    "Cannot sign this body: SigV4 needs the hash of the whole body first, so a stream cannot be sent;" +
      " give a string, URLSearchParams, bytes or a Blob",
  );
}

/** The bytes of an `ArrayBuffer` or a view, not copied. Undefined for anything else. */
export function bytesOf(body: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  // `instanceof` would not recognize a buffer from another frame or context.
  return Object.prototype.toString.call(body) === "[object ArrayBuffer]"
    ? new Uint8Array(body as ArrayBuffer)
    : undefined;
}

async function readBytes(source: { arrayBuffer(): Promise<ArrayBuffer> }): Promise<Uint8Array> {
  return new Uint8Array(await source.arrayBuffer());
}
