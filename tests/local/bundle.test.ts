// Tests that the handler's bundle is built from the source files as they are when a request arrives.
import { readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createBundle, type BedrockClient, type Bundle } from "../../lib/local/bundle.ts";
import { copyService, type ServiceCopy } from "../support/deployment/service-copy.ts";

let copy: ServiceCopy;
let bundle: Bundle;
let source: string;
const file = () => join(copy.folder, "lib/stream/bedrock/bedrock-errors.ts");

beforeAll(async () => {
  copy = await copyService();
  source = await readFile(file(), "utf8");
  bundle = await createBundle({ root: copy.folder, handler: "handlers/function-url.handler" });
});
afterAll(async () => {
  await bundle.close();
  await copy.remove();
});

const save = (mark: string) => writeFile(file(), source.replace("Bedrock could not be reached", mark));

async function built(): Promise<string> {
  return readFile(join(await bundle.code(), "handlers/function-url.mjs"), "utf8");
}

test("a saved file is in the next bundle, and without a change the bundle is not built again", async () => {
  await save("first mark");
  expect(await built()).toContain("first mark");
  expect(await bundle.code()).toBe(await bundle.code());
});

test("a file that is saved during a build is in the next bundle", async () => {
  // Each round saves later in the build, until a build has ended before the save.
  for (let turns = 0, isLate = false; !isLate; turns = 2 * turns + 1) {
    let hasEnded = false;
    await save(`before ${turns}`);
    const building = bundle.code().then(() => (hasEnded = true));
    for (let turn = 0; turn < turns && !hasEnded; turn++) await setImmediate();
    isLate = hasEnded;
    await save(`during ${turns}`);
    await building;
    expect(await built(), `saved ${turns} turns of the event loop into the build`).toContain(
      `during ${turns}`,
    );
  }
});

test("a file that is replaced by one with an older date is in the next bundle as well", async () => {
  await save("the newer");
  await built();
  await save("the older");
  await utimes(file(), new Date(0), new Date(0));
  expect(await built()).toContain("the older");
});

test("a bundle whose folder another program has removed is built again", async () => {
  await rm(await bundle.code(), { recursive: true });
  expect(await built()).toContain("the older");
});

test.each(["function-url", "websocket", "appsync"])(
  "the bundle of %s contains AWS's SDK if bedrockClient is sdk, and otherwise the built-in client",
  async (name) => {
    const handler = `handlers/${name}.handler`;
    async function build(bedrockClient: BedrockClient): Promise<string> {
      const other = await createBundle({ root: copy.folder, handler, bedrockClient });
      try {
        return await readFile(join(await other.code(), `handlers/${name}.mjs`), "utf8");
      } finally {
        await other.close();
      }
    }
    const [builtIn, sdk] = [await build("built-in"), await build("sdk")];
    const path = "/converse-stream`";
    expect([builtIn.includes(path), builtIn.includes("aws-sdk-js")]).toEqual([true, false]);
    expect([sdk.includes(path), sdk.includes("aws-sdk-js")]).toEqual([false, true]);
  },
);
