// Opens one page in a headless Chromium and controls it through the DevTools protocol:
// https://chromedevtools.github.io/devtools-protocol/
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "undici";

export interface Browser {
  /** Evaluates the expression in the page. Resolves with its value, which must be JSON. */
  evaluate(expression: string): Promise<unknown>;
  close(): Promise<void>;
}

interface Message {
  id?: number;
  result?: Record<string, unknown>;
}

export async function openPage(program: string, url: string): Promise<Browser> {
  const home = await mkdtemp(join(tmpdir(), "deltapipe-chromium-"));
  const args = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
  ];
  const process = spawn(program, [...args, "--remote-debugging-port=0", `--user-data-dir=${home}`, url], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exited = once(process, "exit");
  const port = await new Promise<string>((resolve) => {
    let output = "";
    process.stderr.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      const found = /DevTools listening on ws:\/\/[\d.]+:(\d+)\//.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  const socket = new WebSocket(await findPage(port, url));
  await once(socket, "open");
  const waiting = new Map<number, (result: Record<string, unknown>) => void>();
  socket.addEventListener("message", ({ data }) => {
    const { id, result = {} } = JSON.parse(String(data)) as Message;
    if (id !== undefined) waiting.get(id)?.(result);
  });
  let calls = 0;

  async function evaluate(expression: string): Promise<unknown> {
    const id = (calls += 1);
    const params = { expression, returnByValue: true, awaitPromise: true };
    const answered = new Promise<Record<string, unknown>>((resolve) => waiting.set(id, resolve));
    socket.send(JSON.stringify({ id, method: "Runtime.evaluate", params }));
    const { result } = await answered;
    return (result as { value?: unknown } | undefined)?.value;
  }

  async function close(): Promise<void> {
    socket.close();
    process.kill("SIGKILL");
    await exited;
    await rm(home, { recursive: true, force: true, maxRetries: 10 });
  }

  return { evaluate, close };
}

async function findPage(port: string, url: string): Promise<string> {
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${port}/json/list`);
    const pages = (await response.json()) as { url: string; webSocketDebuggerUrl: string }[];
    const page = pages.find((each) => each.url === url);
    if (page) return page.webSocketDebuggerUrl;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
