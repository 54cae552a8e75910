// Generates changes to signed requests, and checks that the local Function URL rejects each changed request and does not invoke
// the function.
import { once } from "node:events";
import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import fc from "fast-check";
import { expect, test } from "vitest";
import { waitFor } from "../support/deadline.ts";
import { answerWith, startUrl } from "../support/servers/local-function-url.ts";
import { parameters } from "../support/generated.ts";
import { sign, type AwsSigningOptions } from "../support/requests/signing.ts";

interface Request {
  method: string;
  path: string[];
  query: [name: string, value: string][];
  headers: Record<string, string>;
  body: string;
}

const word = fc.string({ unit: fc.constantFrom(..."abcXYZ019-_.~"), minLength: 1, maxLength: 8 });
/** A segment of a path. It has no dots, because the segments `.` and `..` would be resolved. */
const segment = fc.string({ unit: fc.constantFrom(..."abcXYZ019-_~"), minLength: 1, maxLength: 8 });
/** A value of a query or a header. It has no spaces, because a signature ignores spaces at the ends of a value. */
const value = fc.string({ unit: fc.constantFrom(..."aZ0/+=;,:*&"), minLength: 1, maxLength: 12 });
const method = fc.constantFrom("POST", "PUT", "DELETE", "PATCH");
const header = fc.constantFrom("x-a", "x-b", "content-type", "x-amz-meta-c", "accept");
const body = fc.string({ unit: "grapheme", maxLength: 40 });
const base: fc.Arbitrary<Request> = fc.record({
  method,
  path: fc.array(segment, { maxLength: 3 }),
  query: fc.uniqueArray(fc.tuple(word, value), { maxLength: 3, selector: ([name]) => name }),
  headers: fc.dictionary(header, value, { minKeys: 1 }),
  body,
});
const scope: fc.Arbitrary<AwsSigningOptions> = fc.oneof(
  fc.record({ region: word.filter((region) => region !== "us-east-1") }),
  fc.record({ service: word.filter((service) => service !== "lambda") }),
  fc.record({ secretAccessKey: word }),
  fc.record({ accessKeyId: word }),
  fc.record({
    date: fc.integer({ min: 301, max: 100_000 }).map((late) => new Date(Date.now() - late * 1000)),
  }),
  fc.record({
    date: fc.integer({ min: 310, max: 100_000 }).map((early) => new Date(Date.now() + early * 1000)),
  }),
);

type Change = (request: Request) => Request;
const pickFrom = (count: number, at: number) => (count === 0 ? -1 : at % count);
const changes: fc.Arbitrary<Change> = fc.oneof(
  method.map((other): Change => (request) => ({ ...request, method: other })),
  fc.tuple(fc.nat(), segment).map(([at, other]): Change => (request) => ({
    ...request,
    path: request.path.length === 0 ? [other] : request.path.with(pickFrom(request.path.length, at), other),
  })),
  fc.tuple(fc.nat(), value).map(([at, other]): Change => (request) => {
    const found = request.query[pickFrom(request.query.length, at)];
    const query = request.query.map((pair): [string, string] => (pair === found ? [pair[0], other] : pair));
    return { ...request, query: found === undefined ? [["added", other]] : query };
  }),
  fc.tuple(fc.nat(), value).map(([at, other]): Change => (request) => {
    const names = Object.keys(request.headers);
    return { ...request, headers: { ...request.headers, [names[pickFrom(names.length, at)]!]: other } };
  }),
  body.map((other): Change => (request) => ({ ...request, body: other })),
);

const encode = encodeURIComponent;

function targetOf({ path, query }: Request): string {
  const pairs = query.map(([name, text]) => `${encode(name)}=${encode(text).replaceAll("*", "%2A")}`);
  return `/${path.join("/")}${pairs.length === 0 ? "" : `?${pairs.join("&")}`}`;
}

const usualRuns = 500;

test("any change to a signed request's method, path, query, headers, body or scope is rejected", async () => {
  const url = await startUrl({ answer: answerWith({ statusCode: 200 }, "x") });
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });

  /** Signs the request `signed`, and sends the request `sent` with that signature. Resolves with the status. */
  async function send(signed: Request, sent: Request, options: AwsSigningOptions = {}): Promise<number> {
    const host = `127.0.0.1:${url.port}`;
    const unsigned = { method: signed.method, target: targetOf(signed), body: Buffer.from(signed.body) };
    const { headers } = await sign(
      { ...unsigned, headers: { host, ...signed.headers } },
      { date: new Date(), ...options },
    );
    const call = httpRequest({
      host: "127.0.0.1",
      port: url.port,
      method: sent.method,
      path: targetOf(sent),
      headers: {
        ...Object.fromEntries(headers),
        ...sent.headers,
        "content-length": Buffer.byteLength(sent.body),
      },
      agent,
    });
    call.end(sent.body);
    const [response] = (await waitFor("The answer", once(call, "response"))) as [IncomingMessage];
    response.resume();
    await waitFor("The response's end", once(response, "end"));
    return response.statusCode ?? 0;
  }

  const property = fc.asyncProperty(base, changes, scope, async (request, change, wrong) => {
    const changed = change(request);
    fc.pre(JSON.stringify(changed) !== JSON.stringify(request));
    const before = url.invocations.length;
    expect(await send(request, changed)).toBe(403);
    expect(await send(request, request, wrong)).toBe(403);
    expect(url.invocations).toHaveLength(before);
    expect(await send(request, request)).toBe(200);
  });
  await fc.assert(property, parameters(usualRuns));
  agent.destroy();
});
