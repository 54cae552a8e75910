// Uses one abort signal for many signed fetches. Prints how many listeners the signal had at most, and how many at the end.
import { getEventListeners } from "node:events";
import { setImmediate } from "node:timers/promises";
import { createSignedFetch } from "../../../lib/signer/index.ts";
import { serviceCredentials, serviceRegion } from "../servers/line-service.ts";

const [url = "", count = "0"] = process.argv.slice(2);
const signedFetch = createSignedFetch({
  credentials: serviceCredentials,
  region: serviceRegion,
  service: "lambda",
});
const { signal } = new AbortController();
let most = 0;

async function fetchOnce(): Promise<void> {
  const response = await signedFetch(url, { method: "POST", body: "{}", signal });
  most = Math.max(most, getEventListeners(signal, "abort").length);
  await response.text();
}

for (let sent = 0; sent < Number(count); sent += 100) {
  await Promise.all(Array.from({ length: 100 }, fetchOnce));
}
// The remaining listeners are removed when the responses are garbage-collected.
while (getEventListeners(signal, "abort").length > 0) {
  globalThis.gc?.();
  await setImmediate();
}
process.stdout.write(JSON.stringify({ most, left: getEventListeners(signal, "abort").length }));
