// Reads an error response from AWS: its body, limited in size and time, and the error's name.

/** AWS's error responses are a few hundred bytes long. A longer body comes from something else, such as a proxy. */
const maxErrorBytes = 64 * 1024;

/** A Node stream, or another body with a `destroy` that closes the connection. */
export interface ErrorBody extends AsyncIterable<Uint8Array> {
  destroy(): void;
}

/**
 * Resolves with the body as text, or with "" if the body is longer than `maxBytes` (64 KiB by default), breaks off or takes
 * longer than `timeoutMs`. The caller then has only the status and the headers. Never rejects. Destroys a body that is not
 * read to its end.
 */
export async function readErrorBody(
  body: ErrorBody,
  timeoutMs: number,
  maxBytes = maxErrorBytes,
): Promise<string> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let text = "";
  let length = 0;
  const timer = setTimeout(() => body.destroy(), timeoutMs);
  try {
    for await (const chunk of body) {
      length += chunk.length;
      if (length > maxBytes) {
        body.destroy();
        return "";
      }
      text += decoder.decode(chunk, { stream: true });
    }
  } catch {
    // The caller then makes its error from the status alone.
    return "";
  } finally {
    clearTimeout(timer);
  }
  return text + decoder.decode();
}

/**
 * Returns the error's name from a value of `x-amzn-errortype`: `ThrottlingException` from
 * `com.amazon#ThrottlingException:http://…`.
 * https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization
 */
export function errorNameIn(errorType: string): string {
  const [beforeColon = ""] = errorType.split(/[:,]/);
  return beforeColon.slice(beforeColon.indexOf("#") + 1);
}
