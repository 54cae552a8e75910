// A Python process that gets one line of JSON for each call, and answers with a line that has the call's id.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { waitFor } from "../deadline.ts";

const environment = {
  PATH: process.env["PATH"] ?? "",
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_CONFIG_FILE: "/dev/null",
};

/** Whether Python is in the path and has the module. */
export function hasPythonModule(name: string): boolean {
  // The module is not imported, because importing a large one takes seconds.
  const found = `import importlib.util, sys; sys.exit(importlib.util.find_spec("${name}") is None)`;
  return spawnSync("python3", ["-c", found], { env: environment }).status === 0;
}

export interface PythonProcess<Answer> {
  ask(question: object): Promise<Answer>;
  close(): Promise<void>;
}

/** `args` are the script and its arguments. */
export function startPython<Answer>(args: string[], more: NodeJS.ProcessEnv = {}): PythonProcess<Answer> {
  const python = spawn("python3", args, { env: { ...environment, ...more } });
  python.stderr.pipe(process.stderr);
  // Writing fails if Python has exited early. This error is ignored, because the missing answer causes an error as well.
  python.stdin.on("error", () => {});
  const waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  const lines = createInterface({ input: python.stdout });
  lines.on("line", (line) => {
    const { id, ...answer } = JSON.parse(line) as Answer & { id: number };
    waiting.get(id)?.resolve(answer as Answer);
  });
  lines.on("close", () => {
    const error = new Error(
      "Cannot get an answer from Python: its process has ended; see its standard error above",
    );
    for (const { reject } of waiting.values()) reject(error);
  });
  let count = 0;
  return {
    ask(question) {
      const id = ++count;
      const answered = new Promise<Answer>((resolve, reject) => waiting.set(id, { resolve, reject }));
      python.stdin.write(`${JSON.stringify({ id, ...question })}\n`);
      return waitFor(`Python's answer to ${JSON.stringify(question)}`.slice(0, 200), answered);
    },
    async close() {
      const exit = once(python, "exit");
      python.stdin.end();
      await waitFor("the end of Python", exit);
    },
  };
}
