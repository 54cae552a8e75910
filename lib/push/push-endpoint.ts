// Reads an environment variable that has the address to which messages are sent.
import { readUrl, regionIn, type Endpoint, type Variables } from "../stream/bedrock/endpoint.ts";

/** `expected` completes the message "set it to …". Throws an Error that names the variable if it is missing or wrong. */
export function findPushEndpoint(name: string, expected: string, variables: Variables): Endpoint {
  const value = variables[name] ?? "";
  if (value === "") throw new Error(`Cannot start: ${name} is not set; set it to ${expected}`);
  const url = readUrl(name, value);
  const isLoopback = /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/.test(url.hostname);
  if (url.protocol === "http:" && !isLoopback) {
    throw new Error(
      `Cannot start: ${name} is an http URL of another machine, and others could read the messages; use https`,
    );
  }
  return { url, region: regionIn(variables) };
}
