// Reads the body of a fetch as bytes that can be hashed, and finds the content type that fetch would set for it.
import { types } from "node:util";
import { ConfigurationError } from "./errors.ts";

export interface SignableBody {
  bytes: Uint8Array | undefined;
  contentType?: string;
}

/** The bytes are a copy, because the caller may change the original before the request is signed and sent. */
export async function readSignableBody(body: unknown, request: Request | undefined): Promise<SignableBody> {
  if (body === undefined && request) return { bytes: request.body ? await readBytes(request) : undefined };
  if (body === undefined || body === null) return { bytes: undefined };
  if (typeof body === "string") return { bytes: Buffer.from(body), contentType: "text/plain;charset=UTF-8" };
  if (body instanceof URLSearchParams) {
    return {
      bytes: Buffer.from(body.toString()),
      contentType: "application/x-www-form-urlencoded;charset=UTF-8",
    };
  }
  if (types.isArrayBuffer(body)) return { bytes: new Uint8Array(body.slice(0)) };
  if (ArrayBuffer.isView(body)) {
    return { bytes: Uint8Array.from(new Uint8Array(body.buffer, body.byteOffset, body.byteLength)) };
  }
  if (body instanceof Blob) {
    const bytes = await readBytes(body);
    return body.type === "" ? { bytes } : { bytes, contentType: body.type };
  }
  throw new ConfigurationError(
    "Cannot sign this body: SigV4 needs the hash of the whole body first, so a stream cannot be sent;" +
      " give a string, URLSearchParams, bytes or a Blob",
  );
}

async function readBytes(source: { arrayBuffer(): Promise<ArrayBuffer> }): Promise<Uint8Array> {
  return new Uint8Array(await source.arrayBuffer());
}
