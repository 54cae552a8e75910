// Generated requests for a signer: unusual but legal paths, queries, headers and bodies.
import type { Random } from "../random.ts";

export interface GeneratedRequest {
  method: string;
  /** Path and query. */
  target: string;
  headers: Record<string, string>;
  body: string | Uint8Array | undefined;
}

const pieces = [
  ..."azAZ09-._~!$&'()*,;=:@",
  "%20",
  "%2F",
  "%25",
  "%2B",
  "%41",
  "%7E",
  "%C3%A9",
  "ü",
  "日本",
  "😀",
  " ",
  '"',
  "<",
  "[",
  "|",
  "^",
  "`",
];
const names = [
  "a",
  "b",
  "A",
  "a-b",
  "a.b",
  "a%20b",
  "ä",
  "constructor",
  "toString",
  "X-Amz-Foo",
  "a[]",
  "10",
  "9",
  "%F0%9F%98%80",
];

export function generateRequest(random: Random): GeneratedRequest {
  const method = random.pick(["GET", "POST", "PUT", "DELETE", "PATCH", "POST"]);
  return {
    method,
    target: `${generatePath(random)}${generateQuery(random)}`,
    headers: generateHeaders(random),
    body: method === "GET" || method === "DELETE" ? undefined : generateBody(random),
  };
}

function generatePath(random: Random): string {
  const segments = Array.from({ length: random.below(4) }, () => generateText(random, 1 + random.below(6)));
  const dots = random.pick(["", "", "", "../", "../../", "%2e%2e/"]);
  return `/${dots}${segments.join("/")}${segments.length > 0 ? random.pick(["", "/"]) : ""}`;
}

function generateQuery(random: Random): string {
  const parameters = Array.from({ length: random.below(6) }, () => {
    const name = random.pick(names);
    const value = generateText(random, random.below(5)).replaceAll("&", "%26");
    return random.pick([`${name}=${value}`, `${name}=${value}`, `${name}=`, name]);
  });
  return parameters.length === 0 ? random.pick(["", "?"]) : `?${parameters.join("&")}`;
}

function generateText(random: Random, length: number): string {
  return Array.from({ length }, () => random.pick(pieces)).join("");
}

function generateHeaders(random: Random): Record<string, string> {
  const all: [string, string][] = [
    ["content-type", "application/json; charset=utf-8"],
    ["X-Custom", "  a   b  c "],
    ["x-b", "2"],
    ["X-Ab", "1,2 , 3"],
    ["x-a-b", '"quoted   text"'],
    ["X-Amz-Meta-Thing", "a:b;c=d"],
    ["x-empty", ""],
    ["Accept", "*/*"],
    ["User-Agent", "unsigned/1"],
    ["range", "bytes=0-"],
    ["x-amzn-trace-id", "Root=1"],
    ["Cache-Control", "no-cache"],
    ["x-constructor", "1"],
    ["constructor", "1"],
  ];
  return Object.fromEntries(all.filter(() => random.below(3) === 0).toSorted(() => random.below(3) - 1));
}

function generateBody(random: Random): string | Uint8Array | undefined {
  const large = () => Uint8Array.from({ length: 70_000 }, (_, index) => index);
  const make = random.pick([
    () => undefined,
    () => "",
    () => '{"prompt":"Grüße, 世界 😀"}',
    () => "lone \uD800 surrogate",
    () => new Uint8Array(0),
    () => Uint8Array.from({ length: random.below(300) }, () => random.below(256)),
    () => (random.below(20) === 0 ? large() : "a=1&b=2"),
  ]);
  return make();
}
