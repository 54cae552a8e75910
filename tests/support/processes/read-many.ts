// Reads one long answer, and prints how much the process's memory grew between an early event and the end of the answer.
//
// Arguments: the service's URL, and the number of the early event.
import { createClient } from "../../../lib/client/index.ts";
import { serviceCredentials, serviceRegion } from "../servers/line-service.ts";

const stream = createClient({
  url: process.argv[2] ?? "",
  credentials: serviceCredentials,
  region: serviceRegion,
}).converse({ prompt: "many" });
const early = Number(process.argv[3]);
let events = 0;
let before = 0;
for await (const _ of stream) {
  events += 1;
  if (events === early) before = process.memoryUsage.rss();
}
const { message } = await stream.result();
const growth = process.memoryUsage.rss() - before;
process.stdout.write(JSON.stringify({ events, text: message?.content[0]?.text?.length, growth }));
