// A request as it was received: its headers as pairs in their original order, and its target not decoded.

/** One header line. A name that was sent twice has two pairs. */
export type RawHeader = [name: string, value: string];

export interface WireRequest {
  method: string;
  /** Path and query string, exactly as sent. */
  target: string;
  headers: RawHeader[];
  body: Buffer;
}

/** Converts Node's `rawHeaders` to pairs with names in lower case, and decodes values that are UTF-8. */
export function pairHeaders(rawHeaders: readonly string[]): RawHeader[] {
  const pairs: RawHeader[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    pairs.push([rawHeaders[index]!.toLowerCase(), decodeValue(rawHeaders[index + 1]!)]);
  }
  return pairs;
}

/** Returns all values of a header, in order. For `host` it falls back to `:authority`, its name in HTTP/2. */
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

/** Decodes the names and values of a query string, in order. `+` is a space; a part without `=` has an empty value. */
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

/** Decodes `+` and percent-encoding. Leaves all escapes as they are if one of them is malformed or not UTF-8. */
function decodeComponent(text: string): string {
  const spaced = text.replaceAll("+", " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

/** Undoes Node's decoding as Latin-1, because signers sign UTF-8: https://github.com/nodejs/node/issues/17390 */
function decodeValue(value: string): string {
  // oxlint-disable-next-line no-control-regex
  if (/^[\x00-\x7f]*$/.test(value)) return value;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(value, "latin1"));
  } catch {
    return value;
  }
}
