// Writes the fields of a server-sent event before its data: its name, and in the first event an id and a reconnection time.
//
// Readers such as a browser's EventSource ask again when a stream ends, whether or not it was complete, and each request
// is billed. The id makes them send `last-event-id`, by which a server recognises such a request.
// https://html.spec.whatwg.org/multipage/server-sent-events.html#reestablish-the-connection

/**
 * An hour. Otherwise a reader that loses the id, for example in a custom `fetch` that drops headers, would pay for the same
 * answer every three seconds.
 */
const reconnectionMs = 3_600_000;

/** Our own name for an `error` line, and a name under which an EventSource reports its connection. */
const reserved: ReadonlySet<string> = new Set(["failure", "open"]);

/** For one line. `type` is the line's own, which is the same in both formats. Only `start` has a `requestId`. */
export function sseFieldsOf({ type, requestId = "" }: { type: string; requestId?: string }): string {
  if (type === "error") return nameField("failure");
  if (type !== "start") return nameField(reserved.has(type) ? `bedrock:${type}` : type);
  // A line break would end the field, and null makes readers ignore the id.
  return `id: ${requestId.replaceAll(/[\r\n\0]/g, "")}\nretry: ${reconnectionMs}\n${nameField("start")}`;
}

function nameField(name: string): string {
  return `event: ${name}\ndata: `;
}
