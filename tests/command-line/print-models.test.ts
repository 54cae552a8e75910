// `deltapipe models`: the list of models, as a table and as JSON.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeModels } from "../../lib/command-line/print-models.ts";
import { type CommandLine, installCommandLine } from "../support/processes/command-line.ts";
import { startTestStack, type TestStack } from "../support/servers/local-stack.ts";

let commandLine: CommandLine;
let stack: TestStack;
beforeAll(async () => {
  const variables = { DELTAPIPE_MODELS: "first=local.echo, second=local.story" };
  [commandLine, stack] = await Promise.all([installCommandLine(), startTestStack({ variables })]);
});
afterAll(async () => {
  await stack.close();
  await commandLine.remove();
});

describe("deltapipe models", () => {
  test("deltapipe models prints a table on standard output, and calls no model", async () => {
    expect(await commandLine.run(["models", "--url", stack.url])).toEqual({
      code: 0,
      stdout: "first   local.echo  (default)\nsecond  local.story\n",
      stderr: "",
    });
    expect(stack.bedrock!.statistics.requests).toBe(0);
  });

  test("deltapipe models prints the service's JSON with --json", async () => {
    const { code, stdout } = await commandLine.run(["models", "--json", "--url", stack.url]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      models: [
        { name: "first", modelId: "local.echo", default: true },
        { name: "second", modelId: "local.story", default: false },
      ],
    });
  });

  test("deltapipe models reports rejected credentials in one sentence, with exit code 4", async () => {
    const wrong = { AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "wrong" };
    const { code, stdout, stderr } = await commandLine.run(["models", "--url", stack.url], {
      variables: wrong,
    });
    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
    expect(stderr).toMatch(/^Cannot call the service: AWS rejected the request [^\n]*\n$/);
  });
});

describe("the table", () => {
  test("the table's first column is as wide as the longest name, and no line ends with a space", () => {
    const served = [
      { name: "a", default: false },
      { name: "longer", modelId: "id", default: true },
    ];
    expect(describeModels(served)).toBe("a\nlonger  id  (default)");
    expect(describeModels(served, "a")).toBe("a       (in use)\nlonger  id  (default)");
    expect(describeModels([])).toBe("");
  });
});
