// `npm run screenshots`: takes screenshots of the page of `npm start` in Chromium. There are three looks (light, dark, phone)
// with three states each (idle, streaming, failed).
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { installMissing } from "./installation.js";
import { OptionError, parseOptions, readWholeNumber } from "./options.ts";
import { runScript } from "./run-script.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const runtimes = join(root, "tests/runtimes");
const script = { task: "take the pictures", command: "npm run screenshots" };
const definitions = {
  out: { type: "string" },
  port: { type: "string", default: "9000" },
} as const;

const help = `Takes pictures of the page of npm start in Chromium. The program chromium or google-chrome has to be in the path.

Usage: npm run screenshots -- [options]

  --out FOLDER write all pictures into this folder (default: write only those that the documents show, into .github/page)
  --port N     the Function URL's port, which the page shows (default 9000; 0 for any free port)
  --help       print this text
`;

const desktop = { viewport: { width: 1200, height: 760 }, deviceScaleFactor: 1.5 };
const phone = { viewport: { width: 360, height: 760 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const looks = {
  light: { ...desktop, colorScheme: "light" },
  dark: { ...desktop, colorScheme: "dark" },
  phone: { ...phone, colorScheme: "light" },
};

/** The screenshots in README.md and lib/page/README.md. */
const documented = ["light-streaming", "dark-streaming", "dark-failed", "phone-streaming"];

/** The part of Playwright that this script uses: https://playwright.dev/docs/api/class-page */
interface Page {
  click(selector: string): Promise<void>;
  evaluate(expression: string): Promise<unknown>;
  fill(selector: string, text: string): Promise<void>;
  goto(url: string): Promise<unknown>;
  screenshot(options: { path: string }): Promise<unknown>;
  selectOption(selector: string, value: string): Promise<unknown>;
  waitForSelector(selector: string): Promise<unknown>;
}
interface Browser {
  newPage(options: object): Promise<Page>;
  close(): Promise<void>;
}

await runScript({ help, readOptions, main });

async function main({ out, port }: ScreenshotOptions): Promise<number> {
  await installMissing(runtimes);
  const folder = out ?? join(root, ".github/page");
  await mkdir(folder, { recursive: true });
  const stack = await startStack(port);
  const browser = await openBrowser();
  try {
    await warmUp(await browser.newPage(desktop), stack.address);
    for (const [look, options] of Object.entries(looks)) {
      const page = await browser.newPage(options);
      await page.goto(stack.address);
      await showStates(page, async (state) => {
        const name = `${look}-${state}`;
        if (out === undefined && !documented.includes(name)) return;
        const path = join(folder, `${name}.png`);
        await page.screenshot({ path });
        console.log(`${path}: ${(await stat(path)).size} bytes`);
      });
    }
  } finally {
    await browser.close();
    await stack.close();
  }
  return 0;
}

/** Asks once through each delivery, so that no picture shows the cold start of a function. */
async function warmUp(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await page.waitForSelector("html[data-ready]");
  await page.selectOption("#delivery", "all");
  await ask(page, "local.echo");
  await poll(
    page,
    `document.querySelector("#send:not([hidden])") && document.querySelector(".ending:not(:empty)")`,
  );
}

async function showStates(page: Page, take: (state: string) => Promise<void>): Promise<void> {
  await page.waitForSelector("html[data-ready]");
  await take("idle");
  await page.selectOption("#delivery", "all");
  await ask(page, "local.story");
  await poll(page, `document.querySelector(".text")?.textContent.length > 420`);
  await take("streaming");
  await page.click("#stop");
  await page.click("#forget");
  await page.selectOption("#delivery", "functionUrl");
  await ask(page, "local.cut");
  await poll(page, `document.querySelector("#ending").dataset.kind === "failed"`);
  await take("failed");
}

async function ask(page: Page, model: string): Promise<void> {
  await page.selectOption("#model", model);
  await page.fill("#prompt", "A story about rain");
  await page.click("#send");
}

/** Replaces Playwright's `waitForFunction`, which evaluates a string in the page. The page's security policy forbids that. */
async function poll(page: Page, expression: string): Promise<void> {
  await page.evaluate(
    `new Promise((done) => (function check() { (${expression}) ? done() : setTimeout(check, 10); })())`,
  );
}

async function startStack(port: number): Promise<{ address: string; close(): Promise<void> }> {
  const others = ["--bedrock-port", "--websocket-port", "--appsync-port", "--page-port"].flatMap((name) => [
    name,
    "0",
  ]);
  const ports = ["--port", String(port), ...others];
  const child = spawn(process.execPath, [join(root, "scripts/start/start.js"), ...ports], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const closed = once(child, "close");
  let output = "";
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    output += String(chunk);
    const [, address] = /^Page\s+(\S+)[^]*Ctrl-C stops/m.exec(output) ?? [];
    if (address === undefined) continue;
    // Discards the rest of the output. Otherwise the pipe would fill up, and the stack would hang.
    child.stdout.resume();
    return {
      address,
      async close() {
        child.kill("SIGINT");
        await closed;
      },
    };
  }
  throw new OptionError("Cannot take the pictures: the local stack did not start; see above");
}

async function openBrowser(): Promise<Browser> {
  const { status, stdout } = spawnSync("sh", ["-c", "command -v chromium || command -v google-chrome"]);
  if (status !== 0) {
    throw new OptionError(
      "Cannot take the pictures: found neither chromium nor google-chrome in the path; install one of them",
    );
  }
  const found = createRequire(join(runtimes, "package.json")).resolve("playwright-core");
  const { chromium } = ((await import(pathToFileURL(found).href)) as { default: { chromium: Launcher } })
    .default;
  return chromium.launch({ executablePath: String(stdout).trim(), args: ["--no-sandbox"] });
}

interface Launcher {
  launch(options: { executablePath: string; args: string[] }): Promise<Browser>;
}

interface ScreenshotOptions {
  out: string | undefined;
  port: number;
  help: boolean;
}

function readOptions(args: string[]): ScreenshotOptions {
  const { values } = parseOptions(script, args, definitions);
  return {
    out: values.out,
    port: readWholeNumber(script, "port", values.port, [0, 65535]),
    help: values.help,
  };
}
