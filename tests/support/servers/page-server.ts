// The server of `deltapipe page` in the test's process, in front of a service that counts the requests.
import { onTestFinished } from "vitest";
import { type PageOptions, startPage, type StartedPage } from "../../../lib/command-line/page/start-page.ts";
import type { Credentials } from "../../../lib/signer/index.ts";
import { sendUnsigned } from "../callers/unsigned-request.ts";
import { answerWith, startUrl } from "./local-function-url.ts";
import { proxyCredentials } from "./signing-proxy.ts";

export interface TestPage {
  page: StartedPage;
  /** The number of requests that reached the service. */
  arrived(): number;
  /** Sends a GET request. In the headers' values, TOKEN and HOST stand for the page's token and host. */
  get(path: string, headers?: Record<string, string>): ReturnType<typeof sendUnsigned>;
  /** Sends a POST request, with the same placeholders in its headers. The default of `body` is `{}`. */
  post(path: string, headers?: Record<string, string>, body?: string): ReturnType<typeof sendUnsigned>;
}

/** The page is closed at the end of the test. */
export async function startTestPage(options: Partial<PageOptions> = {}): Promise<TestPage> {
  const url = await startUrl({ answer: answerWith({ headers: { "content-type": "text/plain" } }, "whole") });
  const page = await startPage({
    url: new URL(url.url),
    region: "us-east-1",
    credentials: proxyCredentials,
    port: 0,
    ...options,
  });
  onTestFinished(() => page.close());
  function send(method: string, path: string, given: Record<string, string> = {}, body = "") {
    const { host } = new URL(page.url);
    const headers = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [
        name,
        value.replace("TOKEN", page.token).replace("HOST", host),
      ]),
    );
    return sendUnsigned(new URL(path, page.url).href, { method, headers }, body);
  }
  return {
    page,
    arrived: () => url.invocations.length,
    get: (path, headers) => send("GET", path, headers),
    post: (path, headers, body = "{}") => send("POST", path, headers, body),
  };
}

/** A credentials provider that works until `fail` is called. */
export function failingProvider(): { provider: () => Promise<Credentials>; fail: () => void } {
  let isFailing = false;
  return {
    provider: async () => {
      if (isFailing) throw new Error("the sign-in has expired");
      return proxyCredentials;
    },
    fail: () => (isFailing = true),
  };
}
