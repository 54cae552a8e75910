// Reads the prelude of a streamed response: status and headers as JSON, then eight NUL bytes, then the body.
//
// A handler that uses `awslambda.HttpResponseStream.from` sends a prelude, and its response has the content type
// `integrationResponseType`. TCP may split the prelude anywhere.
// https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html
import { validateHeaderName, validateHeaderValue } from "node:http";
import { isObject } from "../../shared/json-object.ts";

export const integrationResponseType = "application/vnd.awslambda.http-integration-response";

const delimiter = Buffer.alloc(8);
/** Our own limit, far above the size of real headers: a function that never sends the delimiter must not fill the memory. */
const maximumPreludeBytes = 64 * 1024;

export interface Prelude {
  statusCode: number;
  headers: [name: string, value: string][];
  cookies: string[];
}

/** The function's response is malformed. The caller gets the same response as for a function that failed. */
export class PreludeMalformed extends Error {
  override name = "PreludeMalformed" as const;

  constructor(found: string, options?: ErrorOptions) {
    const advice = "check what the handler passes to awslambda.HttpResponseStream.from";
    super(`Cannot use the response's prelude: ${found}; ${advice}`, options);
  }
}

/**
 * Returns a function that takes the response's chunks. That function returns undefined until the prelude is complete, and then
 * the prelude together with the first bytes of the body. It throws `PreludeMalformed`.
 */
export function createPreludeReader(): (chunk: Buffer) => { prelude: Prelude; rest: Buffer } | undefined {
  let received = Buffer.alloc(0);
  return (chunk) => {
    const searched = Math.max(0, received.length - delimiter.length);
    received = Buffer.concat([received, chunk]);
    const end = received.indexOf(delimiter, searched);
    if ((end < 0 ? received.length - delimiter.length : end) > maximumPreludeBytes) {
      throw new PreludeMalformed(`found no delimiter within ${maximumPreludeBytes} bytes`);
    }
    if (end < 0) return undefined;
    const prelude = parsePrelude(received.toString("utf8", 0, end));
    return { prelude, rest: received.subarray(end + delimiter.length) };
  };
}

function parsePrelude(text: string): Prelude {
  const parsed = parseObject(text);
  const { statusCode = 200, headers = {}, cookies = [] } = parsed;
  if (!Number.isInteger(statusCode) || Number(statusCode) < 200 || Number(statusCode) > 599) {
    throw new PreludeMalformed("statusCode is not an integer from 200 to 599");
  }
  if (!isObject(headers)) throw new PreludeMalformed("headers is not an object");
  if (!Array.isArray(cookies)) throw new PreludeMalformed("cookies is not an array");
  return {
    statusCode: Number(statusCode),
    headers: Object.entries(headers).map(([name, value]) => [name, checkHeader(name, value)]),
    cookies: cookies.map((cookie: unknown) => checkHeader("set-cookie", cookie)),
  };
}

function parseObject(text: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new PreludeMalformed("it is not JSON", { cause });
  }
  if (!isObject(parsed)) throw new PreludeMalformed("it is not a JSON object");
  return parsed;
}

function checkHeader(name: string, value: unknown): string {
  if (!["string", "number", "boolean"].includes(typeof value)) {
    throw new PreludeMalformed(`the value of ${JSON.stringify(name)} is not a string, a number or a boolean`);
  }
  try {
    validateHeaderName(name);
    validateHeaderValue(name, String(value));
  } catch (cause) {
    throw new PreludeMalformed(`${JSON.stringify(name)} is not a valid header`, {
      cause,
    });
  }
  return String(value);
}
