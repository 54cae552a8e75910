// Iterators over the events and the text of an answer, and a function that reads an answer to its end.
import type { ConverseEvent } from "./converse-event.ts";
import { createWholeCharacters } from "./whole-characters.ts";

/**
 * Makes an iterator from `next` that calls `close` as soon as the consumer exits its loop. A generator's `finally` would be too
 * late: it does not run while the generator waits for data, or if the generator was never started.
 */
export function closeOnReturn<Value>(
  next: () => Promise<IteratorResult<Value, undefined>>,
  close: () => unknown,
): AsyncIterableIterator<Value, undefined> {
  return {
    next,
    async return() {
      await close();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Reads and discards all events. */
export async function readToEnd(events: AsyncIterator<unknown>): Promise<void> {
  try {
    while (!(await events.next()).done);
  } catch {
    // The caller gets this error from `result()`.
  }
}

/** Yields the text of the events, and joins characters that are split between two of them. */
export function textsOf(events: AsyncIterableIterator<ConverseEvent>): AsyncIterableIterator<string> {
  const characters = createWholeCharacters();
  // The error that ended the events. It waits here until the text before it has been returned.
  let failed: Promise<never> | undefined;

  async function next(): Promise<IteratorResult<string, undefined>> {
    for (;;) {
      const kept = failed;
      failed = undefined;
      const step = await (kept ?? events.next().catch(keepError));
      const text = step?.done === false ? textOf(step.value) : characters.endAll();
      if (text !== "") return { done: false, value: text };
      if (step?.done) return { done: true, value: undefined };
    }
  }

  function keepError(error: unknown): undefined {
    failed = Promise.reject(error as Error);
    failed.catch(() => {});
  }

  function textOf(event: ConverseEvent): string {
    if (event.type === "contentBlockStop") return characters.end(event.contentBlockIndex);
    if (event.type !== "contentBlockDelta") return "";
    const text: unknown = event.delta?.text;
    return typeof text === "string" ? characters.add(event.contentBlockIndex, text) : "";
  }

  return closeOnReturn(next, () => events.return?.());
}
