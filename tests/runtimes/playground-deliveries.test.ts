// Tests the deliveries (Function URL, WebSocket, AppSync) on the page of `npm start`. The page shows the same answer with each
// delivery, and can show the answers of all deliveries side by side.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startPage } from "../../lib/command-line/page/start-page.ts";
import { caller } from "../support/servers/local-stack.ts";
import { type OpenedPage, type Playground, playgroundTests, startPlayground, watch } from "./playground.ts";

const { isSkipped, titled } = playgroundTests;
/** Milliseconds of silence before the answer of the model `local.slow`. */
const slowMs = 1200;

describe.skipIf(isSkipped)(titled("the page"), () => {
  let playground: Playground;
  beforeAll(async () => {
    playground = await startPlayground({ bedrock: { slowMs } });
  });
  afterAll(() => playground.close());

  async function openWithDelivery(delivery: string): Promise<OpenedPage> {
    const opened = await playground.open();
    await opened.page.selectOption("#delivery", delivery);
    return opened;
  }

  describe.each([
    ["a WebSocket", "webSocket"],
    ["AppSync", "appSync"],
  ])("with %s", (name, delivery) => {
    test(`answers and failures look the same over ${name} as with the Function URL`, async () => {
      const { ask, ended, text, problems } = await openWithDelivery(delivery);
      await ask("It's raining", "local.echo");
      expect(await ended()).toBe("Complete: end_turn");
      expect(await text(".text")).toBe("It's raining");
      await ask("x", "local.throttled");
      expect(await ended()).toBe("Rejected: 429 ThrottlingException");
      await ask("x", "local.cut");
      expect(await ended()).toBe("Failed: StreamTruncated");
      expect(problems).toEqual([]);
    });

    test.each(["local.echo", "local.unknown"])(
      `the lines of %s are the same over ${name} as with the Function URL`,
      async (model) => {
        const opened = await openWithDelivery("functionUrl");
        const expected = await linesOf(opened, model);
        await opened.page.click("#forget");
        await opened.page.selectOption("#delivery", delivery);
        expect(await linesOf(opened, model)).toEqual(expected);
        const types = expected.map(({ type }) => type);
        expect(types).toEqual(expect.arrayContaining(["start", "contentBlockDelta", "metadata", "end"]));
      },
    );

    test(`an answer over ${name} appears before it has ended`, async () => {
      const { page, ask, until, ended } = await openWithDelivery(delivery);
      await ask("A story about rain", "local.story");
      await until("Some text", `document.querySelector(".text")?.textContent.length > 20`);
      expect(await page.locator("#ending").getAttribute("data-kind")).toBe("running");
      expect(await ended()).toBe("Complete: end_turn");
    });
  });

  test.each([
    ["webSocket", 40_000, /^No answer\s+Cannot ask over a WebSocket: .* 32768.*; use the Function URL/],
    ["appSync", 250_000, /^No answer\s+The API rejected the request with PayloadTooLarge: .* 240000/],
    ["appSync", 1_100_000, /^No answer\s+413 PayloadTooLarge: .* too many for AppSync; use the Function URL/],
  ])("over %s, a question of %i characters is refused with a reason", async (delivery, length, reason) => {
    const { ask, ended, text } = await openWithDelivery(delivery);
    await ask("x".repeat(length), "local.echo");
    expect(await ended()).toBe("No answer");
    expect(await text(".ending")).toMatch(reason);
  });

  test.each([
    ["webSocket", /^Stopped\s+The connection is closed, and the function ends the answer/],
    ["appSync", /^Stopped\s+The subscription ends, but the function runs on to the end of the answer/],
  ])(
    "over %s, an answer stops at once, and the page says what happens to the rest",
    async (delivery, rest) => {
      const { page, ask, ended, text, until } = await openWithDelivery(delivery);
      await ask("A story about rain", "local.story");
      await until("Some text", `document.querySelector(".text")?.textContent.length > 20`);
      await page.click("#stop");
      expect(await ended()).toBe("Stopped");
      expect(await text(".ending")).toMatch(rest);
      expect(await text(".text")).not.toMatch(/is how it goes/);
    },
  );

  describe("with all deliveries at the same time", () => {
    const label = `document.querySelector("#timeline").getAttribute("aria-label")`;

    async function askAll(model: string): Promise<OpenedPage> {
      const opened = await openWithDelivery("all");
      await opened.ask("A story about rain", model);
      await opened.until("All endings", `${label}.split("Complete: end_turn").length === 4`);
      return opened;
    }

    test("the answers of all deliveries share one time axis, and the conversation has one turn", async () => {
      const { page, text, problems } = await askAll("local.story");
      expect(await page.evaluate(label)).toMatch(
        /^Time axis\. Function URL: \d+ deltas.*\. WebSocket: \d+ deltas.*\. AppSync: \d+ deltas/,
      );
      expect(await page.locator(".turn").count()).toBe(1);
      expect(await text(".text")).toMatch(/is how it goes\."$/);
      expect(problems).toEqual([]);
    });

    test("a click on a delivery's part of the time axis shows the lines of its answer", async () => {
      const { page, text } = await askAll("local.story");
      const operations: unknown[] = [];
      for (const lane of [2, 1, 0]) {
        await page.click("#timeline", { position: { x: 300, y: 44 * lane + 22 } });
        expect(JSON.parse(await text("#whole-line"))).toHaveProperty("type", "contentBlockDelta");
        operations.push(await shownOperation({ page, text }));
      }
      expect(operations).toEqual(["AppSync", "WebSocket", "Lines"]);
    });

    test("the keyboard can choose the answer whose lines and figures are shown", async () => {
      const { page, text } = await askAll("local.story");
      expect(await shownOperation({ page, text })).toBe("Lines");
      await page.focus("#shown");
      await page.keyboard.press("End");
      expect(await shownOperation({ page, text })).toBe("AppSync");
    });

    test("a delay of the model shows as a silence in every answer", async () => {
      const { page, text } = await askAll("local.slow");
      for (const option of ["Function URL", "WebSocket", "AppSync"]) {
        await page.selectOption("#shown", option);
        const firstDelta = await text("#first-delta");
        expect(Number(/^([\d.]+) s$/.exec(firstDelta)?.[1])).toBeGreaterThanOrEqual(slowMs / 1000);
        const lane = new RegExp(`${option}: \\d+ deltas, the first after ${firstDelta}, Complete`);
        expect(await page.evaluate(label)).toMatch(lane);
      }
    });

    /** The operation in the function's log record of the answer whose lines are shown. */
    async function shownOperation({ page, text }: Pick<OpenedPage, "page" | "text">): Promise<unknown> {
      await page.focus("#lines");
      await page.keyboard.press("Home");
      const { requestId } = JSON.parse(await text("#whole-line")) as { requestId: string };
      return (await playground.stack.record(requestId))["operation"];
    }
  });

  test("the page offers only the Function URL if the service has no other delivery", async () => {
    const { stack, browser } = playground;
    const server = await startPage({
      url: new URL(stack.url),
      region: "us-east-1",
      credentials: caller,
      port: 0,
    });
    onTestFinished(() => server.close());
    const { page, ask, ended, until } = watch(await browser.newPage(), [server.url]);
    await page.goto(server.address);
    await until("The page", `document.documentElement.dataset.ready === "true"`);
    expect(await page.locator("#delivery").isVisible()).toBe(false);
    await ask("x", "local.echo");
    expect(await ended()).toBe("Complete: end_turn");
  });
});

/** Asks a question. Resolves with the lines that the page saves, without pings and without members that differ in each answer. */
async function linesOf({ page, ask, ended }: OpenedPage, model: string): Promise<Record<string, unknown>[]> {
  await ask('Rain.\n\u{1F327} \u2603 "quoted" \\ 1e400', model);
  await ended();
  await page.click("#take-tab");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save-lines")]);
  const saved = readFileSync(await download.path(), "utf8")
    .trimEnd()
    .split("\n");
  return saved
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ type }) => type !== "ping")
    .map(({ requestId: _id, timing: _timing, metrics: _metrics, p: _padding, ...rest }) => rest);
}
