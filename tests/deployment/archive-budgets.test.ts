// Weighs the archive of every function, without and with the answer store. No other parameter changes what a bundle
// contains, except bedrockClient=sdk, for which there is no budget.
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { budgetOf } from "../../scripts/package/archive-budgets.js";
import { builtOnce } from "../support/builds/built-once.ts";
import type { Packaging } from "../support/deployment/packaged-service.ts";
import { withAppSync, withEveryFunction } from "../support/deployment/packagings.ts";
import { ofType, packagedTemplate } from "../support/deployment/template.ts";

/** The names and sizes of the archives that the packaging uploads. */
async function sizesOf(packaging: Packaging): Promise<[name: string, bytes: number][]> {
  const folder = await builtOnce("packaging", packaging);
  const functions = ofType(await packagedTemplate(packaging), "AWS::Lambda::Function");
  return Promise.all(
    functions.map(async ([, { Code }]) => {
      const name = basename((Code as { S3Key: string }).S3Key);
      return [name, (await stat(join(folder, name))).size] as [string, number];
    }),
  );
}

describe("the archives of all three functions", () => {
  test.each([
    ["without the answer store", withEveryFunction, false],
    ["with the answer store", withAppSync, true],
  ])("the archives are within their budgets %s", async (_, packaging, keepsAnswers) => {
    const sizes = await sizesOf(packaging);
    expect(sizes.map(([name]) => name).toSorted()).toEqual(["appSync.zip", "converse.zip", "webSocket.zip"]);
    const tooLarge = sizes.filter(([name, bytes]) => !(bytes <= budgetOf(name, keepsAnswers)!));
    expect(tooLarge).toEqual([]);
  });
});
