// A headless Chromium that runs a script in a page. Tests control it through the DevTools protocol.
// https://chromedevtools.github.io/devtools-protocol/
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { WebSocket } from "undici";
import { waitFor } from "../deadline.ts";

export interface Page {
  /** Evaluates the expression in the page. Resolves with its value, which must be JSON. */
  evaluate(expression: string): Promise<unknown>;
  close(): Promise<void>;
}

export interface Browser {
  /** Resolves when the document is complete. */
  open(url: string): Promise<Page>;
  /** Opens a page, runs the body of an async function in it, and resolves with the function's result. */
  run(url: string, script: string): Promise<unknown>;
  close(): Promise<void>;
}

interface Reply {
  id?: number;
  result?: Record<string, unknown>;
  error?: { message: string };
}

/** Waits for the complete document, because DevTools can answer the navigation earlier. */
const loaded = `document.readyState === "complete" || new Promise((done) => addEventListener("load", () => done(true)))`;

/** Arguments that let Chromium run without a screen, as root, in containers, and with a profile of its own. */
export function chromiumArguments(profile: string): string[] {
  const fixed = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
  ];
  return [...fixed, `--user-data-dir=${profile}`];
}

export const hasBrowser = spawnSync("chromium", ["--version"]).status === 0;

export async function openBrowser(): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), "deltapipe-browser-"));
  const child = spawn("chromium", [...chromiumArguments(profile), "--remote-debugging-port=0"]);
  const closed = once(child, "close");
  const address = await waitFor("the address of DevTools", readAddress(child.stderr));
  const socket = new WebSocket(address);
  await waitFor("DevTools", once(socket, "open"));
  const waiting = new Map<number, (reply: Reply) => void>();
  socket.addEventListener("message", ({ data }) => {
    const reply = JSON.parse(String(data)) as Reply;
    waiting.get(reply.id ?? 0)?.(reply);
  });
  let count = 0;

  async function send(method: string, params: object, sessionId?: string): Promise<Record<string, unknown>> {
    const id = ++count;
    const answered = new Promise<Reply>((resolve) => waiting.set(id, resolve));
    socket.send(JSON.stringify({ id, method, params, sessionId }));
    const { result, error } = await waitFor(method, answered);
    if (error) throw new Error(`${method}: ${error.message}`);
    return result ?? {};
  }

  async function open(url: string): Promise<Page> {
    const { targetId } = await send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
    const session = sessionId as string;
    async function evaluate(expression: string): Promise<unknown> {
      const options = { expression, awaitPromise: true, returnByValue: true };
      const { result, exceptionDetails } = await send("Runtime.evaluate", options, session);
      if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
      return (result as { value?: unknown }).value;
    }
    await send("Page.navigate", { url }, session);
    await evaluate(loaded);
    return { evaluate, close: async () => void (await send("Target.closeTarget", { targetId })) };
  }

  return {
    open,
    async run(url, script) {
      const page = await open(url);
      const value = await page.evaluate(`(async () => {${script}})()`);
      await page.close();
      return value;
    },
    async close() {
      socket.close();
      child.kill();
      await waitFor("the end of Chromium", closed);
      await rm(profile, { recursive: true, maxRetries: 5 });
    },
  };
}

async function readAddress(stderr: Readable): Promise<string> {
  let text = "";
  for await (const chunk of stderr.iterator({ destroyOnReturn: false })) {
    text += String(chunk);
    const [, address] = /DevTools listening on (ws:\S+)/.exec(text) ?? [];
    if (address === undefined) continue;
    // Chromium would block if its further messages were not read.
    stderr.resume();
    return address;
  }
  throw new Error(`Chromium ended: ${text}`);
}
