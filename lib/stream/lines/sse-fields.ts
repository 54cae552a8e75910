// The fields of a server-sent event before its data: its name, and for the first one an id and a reconnection time.
//
// Readers such as a browser's EventSource ask again when a stream ends, whether or not it was whole, and each request is
// paid for. The id makes them send `last-event-id`, by which the Function URL's delivery knows such a request.
// https://html.spec.whatwg.org/multipage/server-sent-events.html#reestablish-the-connection
import type { EndLine, ErrorLine, PingLine, StartLine } from "../../wire.ts";

/**
 * An hour, so that a reader that loses the id, for example in a `fetch` of its own that drops headers, does not pay for
 * the same answer every three seconds.
 */
const reconnectionMs = 3_600_000;

/** For one of our own lines. */
export function sseFieldsOf(line: StartLine | PingLine | EndLine | ErrorLine): string {
  if (line.type === "error") return fields("failure");
  if (line.type !== "start") return fields(line.type);
  return `id: ${line.requestId}\nretry: ${reconnectionMs}\n${fields("start")}`;
}

/** For an event of Bedrock's. `type` is the one in its data, which is the same in both formats. */
export function sseFieldsOfEvent(type: string): string {
  return fields(reserved.has(type) ? `bedrock:${type}` : type);
}

/** Our own name for a line `error`, and names under which an EventSource reports its connection. */
const reserved: ReadonlySet<string> = new Set(["failure", "open"]);

function fields(name: string): string {
  return `event: ${name}\ndata: `;
}
