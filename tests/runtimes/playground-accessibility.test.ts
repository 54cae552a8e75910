// Tests the accessibility of the page of `npm start` with axe. Each state of the page is tested in light colors, in dark colors
// and on a phone.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OpenedPage, type Playground, playgroundTests, startPlayground } from "./playground.ts";

interface Violation {
  id: string;
  help: string;
  nodes: { target: string[] }[];
}

const { isSkipped, titled } = playgroundTests;
const phone = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };

describe.skipIf(isSkipped)(titled("the page"), () => {
  let playground: Playground;
  beforeAll(async () => {
    playground = await startPlayground();
  });
  afterAll(() => playground.close());

  async function violations({ page }: OpenedPage): Promise<string[]> {
    await page.evaluate(readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"));
    const { violations: found } = (await page.evaluate("axe.run()")) as { violations: Violation[] };
    return found.map(
      ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`,
    );
  }

  describe.each([
    ["in light colors", { colorScheme: "light" as const }],
    ["in dark colors", { colorScheme: "dark" as const }],
    ["on a phone", { colorScheme: "light" as const, ...phone }],
  ])("%s", (variant, options) => {
    test(`axe finds nothing wrong ${variant} before a question`, async () => {
      expect(await violations(await playground.open(options))).toEqual([]);
    });

    test(`axe finds nothing wrong ${variant} while an answer streams`, async () => {
      const opened = await playground.open(options);
      await opened.ask("A story about rain");
      await opened.until("Some text", `document.querySelector(".text")?.textContent.length > 20`);
      expect(await violations(opened)).toEqual([]);
    });

    test(`axe finds nothing wrong ${variant} after answers with reasoning, with a tool call, and with a failure`, async () => {
      const opened = await playground.open(options);
      for (const model of ["local.thinking", "local.tool", "local.cut"]) {
        await opened.ask("A question", model);
        await opened.ended();
      }
      await opened.page.click("text=Options");
      await opened.page.click(".row >> nth=0");
      expect(await violations(opened)).toEqual([]);
    });

    test(`axe finds nothing wrong ${variant} after a question to all deliveries at the same time`, async () => {
      const opened = await playground.open(options);
      await opened.page.selectOption("#delivery", "all");
      await opened.ask("A question", "local.echo");
      expect(await opened.ended()).toBe("Complete: end_turn");
      await opened.page.click(".row >> nth=0");
      expect(await opened.page.locator("#shown").isVisible()).toBe(true);
      expect(await violations(opened)).toEqual([]);
    });

    test(`axe finds nothing wrong ${variant} in each tab`, async () => {
      const opened = await playground.open(options);
      await opened.page.click("#break-tab");
      await opened.page.getByRole("button", { name: "A wrong signature" }).click();
      await opened.ended();
      expect(await violations(opened)).toEqual([]);
      await opened.page.click("#take-tab");
      expect(await violations(opened)).toEqual([]);
    });
  });

  test("the page is not wider than a phone", async () => {
    const opened = await playground.open(phone);
    await opened.ask("A story about rain");
    await opened.ended();
    for (const tab of ["#lines-tab", "#break-tab", "#take-tab"]) {
      await opened.page.click(tab);
      expect(await opened.page.evaluate("document.documentElement.scrollWidth")).toBe(360);
    }
  });
});
