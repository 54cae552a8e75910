// Starts a local stack, the server of the page that `npm start` shows, and a Chromium that opens the page.
import type { StartedPage } from "../../lib/command-line/page/start-page.ts";
import type { BedrockOptions } from "../../lib/local/bedrock/index.ts";
import { openPage } from "../../scripts/start/open-page.ts";
import { builtOnce } from "../support/builds/built-once.ts";
import { waitFor } from "../support/deadline.ts";
import { caller, startTestStack, type TestStack } from "../support/servers/local-stack.ts";
import { type ContextOptions, type Page, playwright, type PlaywrightBrowser } from "./playwright.ts";
import { runtimes } from "./runtimes.ts";

export interface Playground {
  stack: TestStack;
  server: StartedPage;
  browser: PlaywrightBrowser;
  /** Opens the page at its address, which contains the token, and waits until the page is ready. */
  open(options?: ContextOptions): Promise<OpenedPage>;
  close(): Promise<void>;
}

export interface OpenedPage {
  page: Page;
  /** Errors that the page wrote to the console, exceptions, and requests to servers that it has no need to call. */
  problems: string[];
  ask(prompt: string, model?: string): Promise<void>;
  /** Resolves, when the answer has ended, with the page's title for the ending, such as "Complete: end_turn". */
  ended(): Promise<string>;
  text(selector: string): Promise<string>;
  /** Resolves when the expression is true in the page. */
  until(label: string, expression: string): Promise<void>;
}

const program = runtimes.find(({ name }) => name === "Chromium")?.program;

/** Whether the tests are skipped because a program is missing, and a function that adds the reason to a title. */
export const playgroundTests = {
  isSkipped: program === undefined || playwright === undefined,
  titled: (title: string) => {
    if (program === undefined) return `${title}, for which there is no Chromium here,`;
    return playwright ? title : `${title}, for which playwright-core is not installed,`;
  },
};

export interface PlaygroundOptions {
  /** Environment variables of the functions. */
  variables?: Record<string, string>;
  bedrock?: BedrockOptions;
}

export async function startPlayground({
  variables = {},
  bedrock,
}: PlaygroundOptions = {}): Promise<Playground> {
  const stack = await startTestStack({
    variables,
    bedrock: { kind: "local", options: { deltasPerSecond: 50, ...bedrock } },
    appSync: { taskRoot: await builtOnce("bundle", { handler: "handlers/appsync.handler" }) },
  });
  const server = await openPage({
    url: stack.url,
    webSocketUrl: stack.webSocketUrl,
    appSyncUrl: stack.appSyncUrl,
    region: "us-east-1",
    credentials: caller,
    port: 0,
    servedModels: {},
    onBug: (text) => stack.log.push(text),
  });
  const browser = await playwright!.chromium.launch({ executablePath: program!, args: ["--no-sandbox"] });
  return {
    stack,
    server,
    browser,
    open: async (options) => {
      const context = await browser.newContext(options);
      const opened = watch(await context.newPage(), [server.url, stack.appSyncUrl]);
      await opened.page.goto(server.address);
      await opened.until("The page", `document.documentElement.dataset.ready === "true"`);
      return opened;
    },
    async close() {
      await browser.close();
      await server.close();
      await stack.close();
    },
  };
}

/** Records the page's problems. `servers` are the URLs of the servers that the page is allowed to call. */
export function watch(page: Page, servers: string[]): OpenedPage {
  const problems: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("request", (request) => {
    const url = request.url();
    if (!["blob:", ...servers].some((each) => url.startsWith(each))) problems.push(`a request to ${url}`);
  });
  async function until(label: string, expression: string): Promise<void> {
    // Playwright's own `waitForFunction` evaluates a string in the page, which the page's policy forbids.
    const poll = `new Promise((done) => (function check() { (${expression}) ? done() : setTimeout(check, 10); })())`;
    await waitFor(label, page.evaluate(poll));
  }
  const text = (selector: string) => page.locator(selector).innerText();
  return {
    page,
    problems,
    until,
    text,
    async ask(prompt, model) {
      if (model !== undefined) await page.selectOption("#model", model);
      await page.fill("#prompt", prompt);
      await page.click("#send");
    },
    async ended() {
      const ending = `["complete", "failed", "stopped"].includes(document.querySelector("#ending").dataset.kind)`;
      await until("The end of the answer", ending);
      return text("#ending");
    },
  };
}
