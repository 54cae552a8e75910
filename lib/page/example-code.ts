// Writes the code that sends a request: a curl command, TypeScript or Python.
import type { RequestBody } from "./build-request.ts";

export interface ExampleTarget {
  url: string;
  region: string;
  /** Whether the page's server signs with the local stack's public access key. Otherwise, the examples read the user's credentials. */
  hasLocalKey: boolean;
}

/** In characters. The examples read longer requests from the file `request.json`. */
const longestInline = 2000;

export function isInline(request: RequestBody): boolean {
  return JSON.stringify(request).length <= longestInline;
}

export function curlExample(request: RequestBody, { url, region, hasLocalKey }: ExampleTarget): string {
  const user = hasLocalKey
    ? "--user local:local"
    : `--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" -H "x-amz-security-token: $AWS_SESSION_TOKEN"`;
  const data = isInline(request) ? shellQuoted(JSON.stringify(request)) : "@request.json";
  return `curl --aws-sigv4 "aws:amz:${region}:lambda" ${user} \\
  --no-buffer -H "content-type: application/json" \\
  --data-binary ${data} \\
  ${shellQuoted(url)}
`;
}

export function typescriptExample(request: RequestBody, { url, region, hasLocalKey }: ExampleTarget): string {
  const [imports, credentials] = hasLocalKey
    ? ["", `{ accessKeyId: "local", secretAccessKey: "local" }`]
    : [`import { fromNodeProviderChain } from "@aws-sdk/credential-providers";\n`, "fromNodeProviderChain()"];
  const [fileImport, body] = isInline(request)
    ? ["", JSON.stringify(request, undefined, 2)]
    : [
        `import { readFile } from "node:fs/promises";\n`,
        `JSON.parse(await readFile("request.json", "utf8"))`,
      ];
  return `import { createClient } from "deltapipe";
${imports}${fileImport}
const client = createClient({
  url: ${JSON.stringify(url)},
  region: ${JSON.stringify(region)},
  credentials: ${credentials},
});
const answer = client.converse(${body});
for await (const text of answer.textStream()) process.stdout.write(text);
const { message, stopReason, usage } = await answer.result();
`;
}

/** Signs with botocore, which is installed with boto3. */
export function pythonExample(request: RequestBody, { url, region, hasLocalKey }: ExampleTarget): string {
  const [credentialsImport, credentials] = hasLocalKey
    ? ["from botocore.credentials import Credentials", `Credentials("local", "local")`]
    : ["from botocore.session import Session", "Session().get_credentials()"];
  const body = isInline(request)
    ? `json.dumps(${pythonLiteral(request)})`
    : `open("request.json", encoding="utf-8").read()`;
  return `import json, sys, urllib.request
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
${credentialsImport}

url, region = ${JSON.stringify(url)}, ${JSON.stringify(region)}
body = ${body}
signed = AWSRequest("POST", url, {"content-type": "application/json"}, body.encode())
SigV4Auth(${credentials}, "lambda", region).add_auth(signed)
line = {}
for text in urllib.request.urlopen(urllib.request.Request(url, body.encode(), dict(signed.headers))):
    line = json.loads(text)
    if line["type"] == "contentBlockDelta": print(line["delta"].get("text", ""), end="", flush=True)
if line.get("type") != "end": sys.exit(f"The answer is incomplete: {line}")
`;
}

/** Strings and numbers are written as JSON, because they have the same meaning in Python. */
function pythonLiteral(value: unknown, indent = ""): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "object") return JSON.stringify(value);
  const inner = `${indent}    `;
  const items = Array.isArray(value)
    ? value.map((item) => pythonLiteral(item, inner))
    : Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${pythonLiteral(item, inner)}`);
  const [begin, end] = Array.isArray(value) ? "[]" : "{}";
  return items.length === 0
    ? `${begin}${end}`
    : `${begin}\n${inner}${items.join(`,\n${inner}`)},\n${indent}${end}`;
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
