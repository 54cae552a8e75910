// Tests the page of `npm start` in Chromium: how it opens, shows and stops answers, obeys the keyboard, and offers code to copy.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scriptedModels } from "../../lib/local/bedrock/index.ts";
import { type OpenedPage, type Playground, playgroundTests, startPlayground, watch } from "./playground.ts";
import type { Page } from "./playwright.ts";

const { isSkipped, titled } = playgroundTests;

describe.skipIf(isSkipped)(titled("the page"), () => {
  let playground: Playground;
  beforeAll(async () => {
    playground = await startPlayground();
  });
  afterAll(() => playground.close());

  async function open(): Promise<OpenedPage> {
    return playground.open();
  }

  describe("when it opens", () => {
    test("the page loads from its own server only, without an error", async () => {
      const { problems, page, text } = await open();
      expect(problems).toEqual([]);
      expect(await text("#connection")).toBe(new URL(playground.stack.url).host);
      expect(await page.locator("#model option").count()).toBe(Object.keys(scriptedModels).length);
    });

    test.each([
      ["if its address has no token", () => playground.server.url, /has no token/],
      ["if its address has a wrong token", () => `${playground.server.url}#wrong`, /403 InvalidToken/],
    ])("the page shows an error %s", async (_, address, sentence) => {
      const opened = watch(await playground.browser.newPage(), [playground.server.url]);
      await opened.page.goto(address());
      await opened.until("The sentence", `document.querySelector("#connection").dataset.kind === "failed"`);
      expect(await opened.text("#connection")).toMatch(sentence);
    });
  });

  describe("an answer", () => {
    test("an answer appears before it has ended, with its lines, its times and its tokens", async () => {
      const { ask, ended, text, until, problems, page } = await open();
      await ask("A story about rain");
      await until("Some text", `document.querySelector(".text")?.textContent.length > 20`);
      expect(await page.locator("#ending").getAttribute("data-kind")).toBe("running");
      expect(await page.locator(".row:visible").count()).toBeGreaterThan(3);
      expect(await ended()).toBe("Complete: end_turn");
      expect(await text(".text")).toMatch(/^On a hill .* about rain\. .*"is how it goes\."$/s);
      expect(await text("#first-delta")).toMatch(/^[\d.]+ m?s$/);
      expect(await text("#rate")).toMatch(/^\d+\/s$/);
      expect(await text("#tokens")).toMatch(/^\d+$/);
      expect(await text("#line-count")).toMatch(/^\d+ lines$/);
      expect(await text("#announcement")).toMatch(/^Complete: end_turn, \d+ deltas in /);
      expect(problems).toEqual([]);
    });

    test("an answer is announced to screen readers at its beginning and its end, not with each delta", async () => {
      const { page, ask, ended, until } = await open();
      await page.evaluate(`
        globalThis.seen = [];
        for (const live of document.querySelectorAll("[role=status], [role=alert], [aria-live]")) {
          const observer = new MutationObserver(() => seen.push(live.textContent));
          observer.observe(live, { childList: true, characterData: true, subtree: true });
        }
      `);
      await ask("A story about rain");
      await ended();
      await until(
        "The announcement",
        `document.querySelector("#announcement").textContent.startsWith("Complete")`,
      );
      const seen = (await page.evaluate("globalThis.seen")) as string[];
      expect(seen.filter(Boolean)).toEqual(["Asked", expect.stringMatching(/^Complete: end_turn, /)]);
    });

    test("an answer stops at once, and the page says that the function runs on", async () => {
      const { page, ask, ended, text, until } = await open();
      await ask("A story about rain");
      await until("Some text", `document.querySelector(".text")?.textContent.length > 20`);
      await page.click("#stop");
      expect(await ended()).toBe("Stopped");
      expect(await text(".ending")).toMatch(
        /runs on to the end of the answer, and you pay for all of its tokens/,
      );
      expect(await text(".text")).not.toMatch(/is how it goes/);
      expect(await page.locator("#send").isVisible()).toBe(true);
    });

    test("an answer is shown as text, even if the model writes HTML", async () => {
      const { page, ask, ended, text, problems } = await open();
      const html = `<img src="https://evil.example/x.png" onerror="document.title = 'hacked'"><script>1</script>`;
      await ask(html, "local.echo");
      await ended();
      expect(await text(".text")).toBe(html);
      expect(await page.locator(".turn img, .turn script").count()).toBe(0);
      expect([await page.title(), problems]).toEqual(["Deltapipe", []]);
    });

    test("the page shows reasoning folded, a tool call with its input, and content of an unknown kind", async () => {
      const { page, ask, ended, text } = await open();
      await ask("A question", "local.thinking");
      await ended();
      expect(await page.locator("details.reasoning").first().getAttribute("open")).toBeNull();
      await page.locator("details.reasoning summary").first().click();
      expect(await text(".thoughts")).toMatch(/^The question is short/);
      await ask("A question", "local.tool");
      await ended();
      expect(await text(".card")).toMatch(
        /^Tool call: get_weather\n\{"city":"Reykjavík","query":"\\u2603\?","days":3\}/,
      );
      await ask("A question", "local.unknown");
      await ended();
      expect(await text(".unknown")).toBe(`{"hologram":{"bytes":"bGlnaHQ=","depth":3}}`);
    });

    test("an answer of 100,000 deltas leaves processor time for 30 frames a second, and takes less than 200 MB", async () => {
      const { page, ask, ended, text, until } = await open();
      const busyMs = await processorTimeOf(page);
      await page.evaluate(`
        globalThis.frames = 0;
        requestAnimationFrame(function next() {
          frames += 1;
          requestAnimationFrame(next);
        });
      `);
      const [framesBefore, busyBefore] = [await page.evaluate("frames"), await busyMs()];
      await ask("100000", "local.flood");
      expect(await ended()).toBe("Complete: end_turn");
      const frames = Number(await page.evaluate("frames")) - Number(framesBefore);
      // Other programs hardly change the processor time of a frame, but they change the time between two frames.
      const perFrame = ((await busyMs()) - busyBefore) / frames;
      await until("The last text", `document.querySelector(".text").textContent.endsWith("99998 99999 ")`);
      expect(await text("#line-count")).toBe("100,006 lines");
      expect(await page.locator(".row").count()).toBeLessThan(100);
      expect(perFrame).toBeLessThan(1000 / 30);
      expect(await privateMegabytes(playground)).toBeLessThan(200);
    });
  });

  describe("the keyboard", () => {
    test("the keyboard asks with Enter, stops with Escape, and chooses tabs and lines with the arrow keys", async () => {
      const { page, ended, until, text } = await open();
      await page.keyboard.type("A story about rain");
      await page.keyboard.press("Enter");
      await until("Some text", `document.querySelector(".text")?.textContent.length > 20`);
      await page.keyboard.press("Escape");
      expect(await ended()).toBe("Stopped");
      await page.focus("#lines-tab");
      await page.keyboard.press("ArrowRight");
      expect(await page.locator("#break-panel").isVisible()).toBe(true);
      await page.keyboard.press("Home");
      await page.keyboard.press("Tab");
      expect(await page.locator("#lines:focus").count()).toBe(1);
      await page.keyboard.press("Home");
      await page.keyboard.press("ArrowDown");
      expect(await page.locator("#lines").getAttribute("aria-activedescendant")).toBe("line-1");
      expect(await page.locator("#line-1").getAttribute("aria-selected")).toBe("true");
      expect(JSON.parse(await text("#whole-line"))).toMatchObject({
        type: "messageStart",
        role: "assistant",
      });
      await page.keyboard.press("End");
      const length = await page.locator("[role=option][aria-selected=true]").getAttribute("aria-setsize");
      const last = `line-${Number(length) - 1}`;
      expect(await page.locator("#lines").getAttribute("aria-activedescendant")).toBe(last);
      // The text of the chosen line is shown below the list, which then has less height.
      const bottom = (id: string) =>
        page.evaluate(`document.getElementById("${id}").getBoundingClientRect().bottom`);
      expect(await bottom(last)).toBeLessThanOrEqual(((await bottom("lines")) as number) + 1);
    });
  });

  describe("the code to take away", () => {
    test("the page shows code for the last request in each language, and the answer as JSON", async () => {
      const { page, ask, ended, text } = await open();
      await ask("It's raining", "local.echo");
      await ended();
      await page.click("#take-tab");
      expect(await text("#code")).toContain(
        `--data-binary '{"modelId":"local.echo","prompt":"It'\\''s raining"}'`,
      );
      await page.selectOption("#code-form", "typescript");
      expect(await text("#code")).toContain(`import { createClient } from "deltapipe";`);
      await page.selectOption("#code-form", "python");
      expect(await text("#code")).toContain(`"prompt": "It's raining"`);
      await page.selectOption("#code-form", "answer");
      expect(JSON.parse(await text("#code"))).toMatchObject({
        message: { role: "assistant", content: [{ text: "It's raining" }] },
        ending: "Complete: end_turn",
      });
      const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save-lines")]);
      const lines = readFileSync(await download.path(), "utf8")
        .trimEnd()
        .split("\n");
      expect([lines[0], lines.at(-1)]).toEqual([
        expect.stringContaining(`"type":"start"`),
        expect.stringContaining(`"type":"end"`),
      ]);
    });
  });
});

/** Returns a function that resolves with the milliseconds of processor time that the page's main thread has taken so far. */
async function processorTimeOf(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  return async () => {
    const { metrics } = (await session.send("Performance.getMetrics")) as {
      metrics: { name: string; value: number }[];
    };
    return 1000 * metrics.find(({ name }) => name === "TaskDuration")!.value;
  };
}

/** The megabytes that the page's process does not share with other processes. Chromium itself measures pages in this way. */
async function privateMegabytes({ browser }: Playground): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = (await session.send("SystemInfo.getProcessInfo")) as {
    processInfo: { id: number; type: string }[];
  };
  const renderers = processInfo.filter(({ type }) => type === "renderer");
  const sizes = renderers.map(({ id }) => {
    const [, kilobytes = "0"] = /RssAnon:\s+(\d+) kB/.exec(readFileSync(`/proc/${id}/status`, "utf8")) ?? [];
    return Number(kilobytes) / 1024;
  });
  return Math.max(...sizes);
}
