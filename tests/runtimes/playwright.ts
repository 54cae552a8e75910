// The part of Playwright that the tests of the page of `npm start` use. Its types are written here, because the type checker also
// runs where the packages of this folder are not installed.
// https://playwright.dev/docs/api/class-page

export interface Locator {
  click(): Promise<void>;
  count(): Promise<number>;
  first(): Locator;
  getAttribute(name: string): Promise<string | null>;
  getByRole(role: string, options?: { name: string; exact?: boolean }): Locator;
  innerText(): Promise<string>;
  isVisible(): Promise<boolean>;
  locator(selector: string): Locator;
  waitFor(options: { timeout: number }): Promise<void>;
}

export interface Page {
  on(event: "console", listener: (message: { type(): string; text(): string }) => void): void;
  on(event: "pageerror", listener: (error: Error) => void): void;
  on(event: "request", listener: (request: SentRequest) => void): void;
  keyboard: { press(key: string): Promise<void>; type(text: string): Promise<void> };
  context(): { newCDPSession(page: Page): Promise<ProtocolSession> };
  click(selector: string, options?: { position: { x: number; y: number } }): Promise<void>;
  dispatchEvent(selector: string, type: string, members: Record<string, unknown>): Promise<void>;
  evaluate(expression: string): Promise<unknown>;
  evaluateHandle(expression: string): Promise<unknown>;
  fill(selector: string, text: string): Promise<void>;
  focus(selector: string): Promise<void>;
  getByRole(role: string, options?: { name: string; exact?: boolean }): Locator;
  goto(url: string): Promise<unknown>;
  locator(selector: string, options?: { has: Locator }): Locator;
  screenshot(options: { path: string }): Promise<unknown>;
  selectOption(selector: string, value: string): Promise<unknown>;
  title(): Promise<string>;
  waitForEvent(event: "download"): Promise<{ path(): Promise<string> }>;
  waitForEvent(event: "request"): Promise<SentRequest>;
  waitForSelector(selector: string): Promise<unknown>;
}

export interface SentRequest {
  method(): string;
  url(): string;
  postDataJSON(): unknown;
}

/** A connection that speaks the protocol of Chromium's developer tools: https://chromedevtools.github.io/devtools-protocol/ */
export interface ProtocolSession {
  send(method: string, options?: object): Promise<unknown>;
}

export interface ContextOptions {
  colorScheme?: "light" | "dark";
  viewport?: { width: number; height: number };
  deviceScaleFactor?: number;
  isMobile?: boolean;
  hasTouch?: boolean;
}

export interface PlaywrightBrowser {
  newContext(options?: ContextOptions): Promise<{ newPage(): Promise<Page> }>;
  newPage(): Promise<Page>;
  newBrowserCDPSession(): Promise<ProtocolSession>;
  close(): Promise<void>;
}

interface Playwright {
  chromium: { launch(options: { executablePath: string; args: string[] }): Promise<PlaywrightBrowser> };
}

const packageName = "playwright-core";

/** Undefined if Playwright is not installed. */
export const playwright = (await import(packageName).catch(() => undefined)) as Playwright | undefined;
