// The fields of a server-sent event before its data: its name, and for the first one an id and a reconnection time.
//
// Readers such as a browser's EventSource ask again when a stream ends, whether or not it was whole, and each request is
// paid for. The id makes them send `last-event-id`, by which a server knows such a request.
// https://html.spec.whatwg.org/multipage/server-sent-events.html#reestablish-the-connection

/**
 * An hour, so that a reader that loses the id, for example in a `fetch` of its own that drops headers, does not pay for
 * the same answer every three seconds.
 */
const reconnectionMs = 3_600_000;

/** Our own name for a line `error`, and names under which an EventSource reports its connection. */
const reserved: ReadonlySet<string> = new Set(["failure", "open"]);

/** For one line. `type` is the one in its data, which is the same in both formats; only `start` has a `requestId`. */
export function sseFieldsOf({ type, requestId = "" }: { type: string; requestId?: string }): string {
  if (type === "error") return nameField("failure");
  if (type !== "start") return nameField(reserved.has(type) ? `bedrock:${type}` : type);
  // A line break would end the field, and null makes readers ignore the id.
  return `id: ${requestId.replaceAll(/[\r\n\0]/g, "")}\nretry: ${reconnectionMs}\n${nameField("start")}`;
}

function nameField(name: string): string {
  return `event: ${name}\ndata: `;
}
