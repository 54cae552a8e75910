// Iterators that close what they read from.

/** A generator that waits, or has not begun, does not notice `return`: `close` is called at once. */
export function closeOnReturn<T>(
  events: AsyncGenerator<T, void, undefined>,
  close: () => void,
): AsyncIterableIterator<T> {
  return {
    next: () => events.next(),
    return() {
      close();
      return events.return();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Reads to the end, for what reading brings about. */
export async function drain(events: AsyncIterator<unknown>): Promise<void> {
  try {
    while (!(await events.next()).done);
  } catch {
    // Whoever waits for the result is told.
  }
}
