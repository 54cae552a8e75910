// A Python process in which boto3 makes calls. Tests skip where boto3 is not installed.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { waitFor } from "../deadline.ts";

export interface Boto3Answer {
  events?: { contentBlockDelta?: { delta: { text?: string } } }[];
  /** The response to an operation other than ConverseStream. */
  response?: Record<string, unknown>;
  error?: string;
  status?: number | null;
}

const reader = fileURLToPath(new URL("boto3-reader.py", import.meta.url));
const environment = {
  PATH: process.env["PATH"] ?? "",
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_CONFIG_FILE: "/dev/null",
};

export const hasBoto3 = spawnSync("python3", ["-c", "import boto3"], { env: environment }).status === 0;

/** `more` are further arguments of boto3-reader.py. */
export function startBoto3(url: string, ...more: string[]) {
  const python = spawn("python3", [reader, url, ...more], { env: environment });
  python.stderr.pipe(process.stderr);
  // Writing fails if Python has exited early. The error is ignored here, because the missing answer causes another one.
  python.stdin.on("error", () => {});
  const answers = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
  return {
    async call(request: object): Promise<Boto3Answer> {
      python.stdin.write(`${JSON.stringify(request)}\n`);
      const { value, done } = await waitFor(
        `boto3's answer to ${JSON.stringify(request)}`.slice(0, 200),
        answers.next(),
      );
      if (done) throw new Error("boto3 ended without an answer: its standard error says why");
      return JSON.parse(value as string) as Boto3Answer;
    },
    async close(): Promise<void> {
      const exit = once(python, "exit");
      python.stdin.end();
      await waitFor("the end of Python", exit);
    },
  };
}
