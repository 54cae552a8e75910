// Generates thousands of requests, signs them, and verifies them on the wire with AWS's own implementation.
import { request as httpRequest } from "node:http";
import { fetch } from "undici";
import { expect, test } from "vitest";
import { repairUrl } from "../../lib/signer/request-target.ts";
import { createSignedFetch, signRequest } from "../../lib/signer/index.ts";
import { type GeneratedRequest, generateRequest } from "../support/requests/generated-request.ts";
import { readBody } from "../support/servers/http-server.ts";
import { createRandom } from "../support/random.ts";
import {
  permanent,
  scope,
  type WireReport,
  serveVerifying,
  temporary,
} from "../support/servers/verifying-server.ts";

const seed = 20_250_830;
const count = 3000;

test("signatures of any path, query, headers and body are valid, whether fetch, node:http or a signed fetch sends the request", async () => {
  const server = await serveVerifying();
  const random = createRandom(seed);
  const generated = Array.from({ length: count }, () => ({
    request: generateRequest(random),
    credentials: random.pick([permanent, temporary]),
    send: random.pick([sendWithFetch, sendWithNode, sendWithSignedFetch]),
  }));

  async function check(
    { request, credentials, send }: (typeof generated)[number],
    index: number,
  ): Promise<void> {
    const raw = new URL(request.target, server.url);
    const url = repairUrl(raw);
    const seen = await send(send === sendWithSignedFetch ? raw : url, request, credentials);
    const label = `request ${index} of seed ${seed}, ${send.name}: ${JSON.stringify({ ...request, body: "…" })}`;
    expect(seen.fault, label).toBeUndefined();
    expect(seen.url, label).toBe(url.pathname + url.search);
  }

  for (let index = 0; index < count; index += 20) {
    const batch = generated.slice(index, index + 20);
    await Promise.all(batch.map((one, position) => check(one, index + position)));
  }
  await server.close();
});

type Keys = typeof permanent | typeof temporary;

async function sendWithFetch(url: URL, request: GeneratedRequest, credentials: Keys): Promise<WireReport> {
  const headers = await signRequest({ ...request, url }, { credentials, ...scope });
  const { method, body } = request;
  const response = await fetch(url, { method, headers, ...(body !== undefined && { body }) });
  return (await response.json()) as WireReport;
}

async function sendWithNode(url: URL, request: GeneratedRequest, credentials: Keys): Promise<WireReport> {
  const headers = await signRequest({ ...request, url }, { credentials, ...scope });
  return new Promise((resolve, reject) => {
    httpRequest(url, { method: request.method, headers }, (response) => {
      readBody(response).then((text) => resolve(JSON.parse(text.toString()) as WireReport), reject);
    })
      .on("error", reject)
      .end(request.body);
  });
}

async function sendWithSignedFetch(
  url: URL,
  request: GeneratedRequest,
  credentials: Keys,
): Promise<WireReport> {
  const { method, headers, body } = request;
  const signedFetch = createSignedFetch({ credentials, ...scope });
  const response = await signedFetch(url, { method, headers, ...(body !== undefined && { body }) });
  return (await response.json()) as WireReport;
}
