// Reads the body of a fetch, and closes the connection if no bytes arrive for too long.
import { endOfBodyTimeoutMs, LostConnection, type ResponseBody } from "../platform.ts";

interface BodyOptions {
  /** In milliseconds. */
  idleTimeout: number;
  /** Aborting it closes the connection. */
  connection: AbortController;
  /** Called when the body has ended, failed or been closed. */
  onClose: () => void;
}

/** A response without a body, such as a 204, is read as an empty body. */
export function readableBody(
  stream: ReadableStream<Uint8Array> | null,
  { idleTimeout, connection, onClose }: BodyOptions,
): ResponseBody {
  const reader = stream?.getReader();

  /** The timer runs only while somebody waits for bytes, so a slow reader does not cause a timeout. */
  async function next(): Promise<IteratorResult<Uint8Array, undefined>> {
    let isSilent = false;
    const timer = setTimeout(() => {
      isSilent = true;
      destroy();
    }, idleTimeout);
    try {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
      // Some runtimes end the body of an aborted request instead of failing it.
      if (isSilent) throw new Error("The timer closed the connection");
      if (!done && value) return { done: false, value };
      onClose();
      return { done: true, value: undefined };
    } catch (cause) {
      onClose();
      throw isSilent
        ? new LostConnection("the stream was silent for longer than idleTimeout", { isAltered: false, cause })
        : new LostConnection(`the connection was lost (${nameOf(cause)})`, { isAltered: false, cause });
    } finally {
      clearTimeout(timer);
    }
  }

  function destroy(): void {
    onClose();
    connection.abort();
    // An error here is ignored: the loop over the body has already thrown it, or has ended and does not need the body.
    reader?.cancel().catch(() => {});
  }

  async function discard(): Promise<void> {
    const timer = setTimeout(destroy, endOfBodyTimeoutMs);
    try {
      while (!(await next()).done);
    } catch {
      // The answer is whole, so the connection no longer matters.
    } finally {
      clearTimeout(timer);
    }
  }

  return { [Symbol.asyncIterator]: () => ({ next }), destroy, finish: () => void discard() };
}

function nameOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  return typeof code === "string" ? code : String(name);
}
