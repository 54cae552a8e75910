// Runs curl against a local stack and notes when each line of the answer arrives.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { startStack } from "../../lib/local/stack.ts";

export interface Recording {
  /** The command as a user would type it, broken into lines. */
  command: string[];
  lines: RecordedLine[];
}

export interface RecordedLine {
  /** Milliseconds since curl was started. */
  at: number;
  text: string;
}

const caller = { accessKeyId: "local", secretAccessKey: "local" };
const region = "us-east-1";
/** Slow enough for people to read the lines as they appear. Models are about five times as fast. */
const deltasPerSecond = 8;
/** Asks only for the first sentence of the story, so that the complete answer fits into the picture. */
const request = { prompt: "A story about rain", inferenceConfig: { maxTokens: 13 } };

/** Rejects if the port is in use, if curl fails, or if the answer has no `end` line. */
export async function record(port: number): Promise<Recording> {
  const stack = await startStack({
    callers: [caller],
    region,
    port,
    bedrock: { kind: "local", options: { deltasPerSecond } },
  });
  try {
    // The first request starts the execution environment. The picture shows the second request, because most requests find an
    // execution environment that is already running.
    await runCurl(stack.url);
    return { command: commandFor(stack.url), lines: await runCurl(stack.url) };
  } finally {
    await stack.close();
  }
}

async function runCurl(url: string): Promise<RecordedLine[]> {
  const startedAt = performance.now();
  const signing = ["--aws-sigv4", `aws:amz:${region}:lambda`, "--user", "local:local"];
  const child = spawn("curl", [...signing, "--no-buffer", "--silent", "-d", JSON.stringify(request), url], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const closed = once(child, "close");
  const lines: RecordedLine[] = [];
  for await (const text of createInterface({ input: child.stdout })) {
    lines.push({ at: Math.round(performance.now() - startedAt), text });
  }
  const [code] = (await closed) as [number];
  const last = lines.at(-1)?.text ?? "";
  if (code !== 0 || !last.startsWith(`{"type":"end"`)) {
    throw new Error(
      `Cannot record an answer: curl exited with ${code} after "${last}"; run npm start and try the command by hand`,
    );
  }
  return lines;
}

function commandFor(url: string): string[] {
  return [
    `curl --aws-sigv4 "aws:amz:${region}:lambda" --user local:local --no-buffer \\`,
    `  -d '${JSON.stringify(request)}' ${url}`,
  ];
}
