// Writes the fields before the data of a server-sent event: its name, and in the first event also an id and a reconnection time.
//
// Readers such as a browser's EventSource repeat their request when a stream ends, even after a complete answer, and each
// request is billed. After an event with an id, the repeated request has the header `last-event-id`, so a server can
// recognize it.
// https://html.spec.whatwg.org/multipage/server-sent-events.html#reestablish-the-connection

/**
 * An hour, instead of the usual three seconds. A reader that does not send the id, for example because its custom `fetch`
 * drops headers, would otherwise pay for the same answer every three seconds.
 */
const reconnectionMs = 3_600_000;

/**
 * One of Bedrock's events with such a name gets a prefix. Our `error` lines are the events called `failure`, and an EventSource
 * reports that it is connected with an event called `open`.
 */
const reserved: ReadonlySet<string> = new Set(["failure", "open"]);

/** Returns the fields for one line of the answer. `type` is the line's type. Only the `start` line has a `requestId`. */
export function sseFieldsOf({ type, requestId = "" }: { type: string; requestId?: string }): string {
  if (type === "error") return nameField("failure");
  if (type !== "start") return nameField(reserved.has(type) ? `bedrock:${type}` : type);
  // A line break would end the field, and null makes readers ignore the id.
  return `id: ${requestId.replaceAll(/[\r\n\0]/g, "")}\nretry: ${reconnectionMs}\n${nameField("start")}`;
}

function nameField(name: string): string {
  return `event: ${name}\ndata: `;
}
