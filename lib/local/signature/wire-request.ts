// A request as it came over the wire: header pairs in their order, the target not yet decoded.

/** One header line. A name that was sent twice is here twice. */
export type RawHeader = [name: string, value: string];

export interface WireRequest {
  method: string;
  /** Path and query string, exactly as sent. */
  target: string;
  headers: RawHeader[];
  body: Buffer;
}

/** Turns Node's `rawHeaders` into pairs with lower-cased names, and bytes that are UTF-8 into their text. */
export function pairHeaders(rawHeaders: readonly string[]): RawHeader[] {
  const pairs: RawHeader[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    pairs.push([rawHeaders[index]!.toLowerCase(), decodeValue(rawHeaders[index + 1]!)]);
  }
  return pairs;
}

/** Every value of a header, in order. HTTP/2 calls the host `:authority`. */
export function headerValues(headers: readonly RawHeader[], name: string): string[] {
  const values = headers.filter((header) => header[0].toLowerCase() === name).map((header) => header[1]);
  return values.length === 0 && name === "host" ? headerValues(headers, ":authority") : values;
}

export function splitTarget(target: string): { path: string; query: string } {
  const mark = target.indexOf("?");
  return mark < 0
    ? { path: target, query: "" }
    : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

/** The query string's names and values, decoded, in order; `+` is a space. A part without `=` has an empty value. */
export function parseQuery(query: string): [name: string, value: string][] {
  return query
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const equals = part.indexOf("=");
      return equals < 0
        ? [decodeComponent(part), ""]
        : [decodeComponent(part.slice(0, equals)), decodeComponent(part.slice(equals + 1))];
    });
}

/** An escape that is no escape, or that gives no UTF-8, stays as it was sent. */
function decodeComponent(text: string): string {
  const spaced = text.replaceAll("+", " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

/** Node reads header bytes as latin1, signers sign the text: https://github.com/nodejs/node/issues/17390 */
function decodeValue(value: string): string {
  // oxlint-disable-next-line no-control-regex
  if (/^[\x00-\x7f]*$/.test(value)) return value;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(value, "latin1"));
  } catch {
    return value;
  }
}
