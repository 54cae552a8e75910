// A program that does not read its answers. It must end without output, however the answers fail.
import { createClient, type ConverseStream } from "../../../lib/client/index.ts";
import { sendJson, sendStream, startLineService, streamHeaders, wireError } from "../servers/line-service.ts";
import { sampleBytes, toLines } from "../frames/sample-stream.ts";

const service = await startLineService(({ request, response, body }) => {
  const { prompt } = JSON.parse(body) as { prompt: string };
  if (prompt === "rejected") sendJson(response, 400, wireError("ValidationException", false));
  else if (prompt === "forbidden") sendJson(response, 403, { Message: "Forbidden" });
  else if (prompt === "failed") sendStream(response, toLines([wireError("ModelStreamErrorException", true)]));
  else if (prompt === "reset") request.socket.resetAndDestroy();
  else if (prompt === "cut")
    response.writeHead(200, streamHeaders).write(sampleBytes, () => response.destroy());
  else response.writeHead(200, streamHeaders).write(sampleBytes.subarray(0, 200));
});

const client = createClient({ ...service.options, idleTimeout: 100, retry: { limit: 0 } });
const hangs = createClient({ ...service.options, credentials: () => new Promise(() => {}) });
const fails = createClient({ ...service.options, credentials: () => Promise.reject(new Error("expired")) });
const gone = createClient({ ...service.options, url: "http://127.0.0.1:1/", retry: { limit: 0 } });
const controller = new AbortController();
const { signal } = controller;

const answers: ConverseStream[] = [
  ...["rejected", "forbidden", "failed", "reset", "cut", "silent"].map((prompt) =>
    client.converse({ prompt }),
  ),
  client.converse({ prompt: "aborted" }, { signal }),
  client.converse({ prompt: "aborted before" }, { signal: AbortSignal.abort() }),
  hangs.converse({ prompt: "hangs" }, { signal }),
  fails.converse({ prompt: "fails" }),
  gone.converse({ prompt: "gone" }),
];
for (const answer of answers.slice(0, 3)) void answer.result();
answers[7]?.textStream();

setTimeout(() => controller.abort(), 300);
setTimeout(() => void service.close(), 600);
