// Tests the faults that a user can cause with a click on the page of `npm start`, and the outcomes that the page shows.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scriptedModels } from "../../lib/local/bedrock/index.ts";
import { scaledSeconds } from "../support/deadline.ts";
import { type OpenedPage, type Playground, playgroundTests, startPlayground } from "./playground.ts";

const { isSkipped, titled } = playgroundTests;

/** Short deadlines of the function, because some scripted models are silent until a deadline ends their answer. */
const variables = {
  DELTAPIPE_FIRST_BYTE_SECONDS: String(scaledSeconds(2)),
  DELTAPIPE_STALL_SECONDS: String(scaledSeconds(2)),
};

describe.skipIf(isSkipped)(titled("the panel Break"), () => {
  let playground: Playground;
  let opened: OpenedPage;
  beforeAll(async () => {
    playground = await startPlayground({ variables });
    opened = await playground.open();
    await opened.page.click("#break-tab");
  });
  afterAll(() => playground.close());

  async function outcomeOf(name: string): Promise<string> {
    const item = opened.page.locator("#faults li", {
      has: opened.page.getByRole("button", { name, exact: true }),
    });
    await item.getByRole("button").click();
    await item.locator(".got:not(:empty)").waitFor({ timeout: 0 });
    return item.locator(".got").innerText();
  }

  const faults = Object.entries(scriptedModels).flatMap(([name, { becomes }]) =>
    becomes ? [[name, becomes]] : [],
  );
  test.each(faults)("the panel Break shows that %s ends with %s", async (name, becomes) => {
    expect(await outcomeOf(name!)).toMatch(new RegExp(`^(Failed: |Rejected: \\d+ )${becomes} after `));
  });

  test.each([
    ["A slow reader", /^Complete: end_turn after .*, 20,000 deltas, /],
    ["A reader that leaves", /^Stopped after .*, 10 deltas/],
    ["A wrong signature", /^Rejected: 403 InvalidSignatureException after .*, no text/],
    ["A member that does not exist", /^Rejected: 400 InvalidRequest after /],
    ["A model that is not in the list", /^Rejected: 403 ModelNotAllowed after /],
  ])('the panel Break shows the outcome of the fault "%s"', async (name, outcome) => {
    expect(await outcomeOf(name)).toMatch(outcome);
  });
});
