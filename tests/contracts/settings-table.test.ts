// The settings in serverless.yml, the code and the README: the same names and the same defaults in all three.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { startHelp } from "../../scripts/start/start-options.ts";
import { readConfiguration, settingNames } from "../../lib/stream/settings/configuration.ts";
import { defaults, problemsOf } from "../support/deployment/deployment-parameters.ts";
import { readme, readSettingsTables } from "../support/deployment/settings-tables.ts";

const require = createRequire(import.meta.url);
const { messageEnvironment: environment, functionParameters } =
  require("../../lib/deployment/variables.cjs") as {
    messageEnvironment: (parameters: { ofFunction: Record<string, string> }) => Record<string, string>;
    functionParameters: string[];
  };
const { serviceParameters } = require("../../lib/deployment/parameters.cjs") as {
  serviceParameters: string[];
};

const parameters = Object.keys(defaults);
const documented = readSettingsTables(readme);

function variableOf(parameter: string): string {
  const [name = ""] = Object.keys(environment({ ofFunction: { [parameter]: "x" } }));
  return name;
}

describe("serverless.yml", () => {
  test("serverless.yml has exactly the parameters that the function or the deployment reads", async () => {
    expect([...functionParameters, ...serviceParameters].toSorted()).toEqual(parameters.toSorted());
    expect(await problemsOf({})).toEqual([]);
  });

  test("serverless.yml turns each parameter of the function into the variable that the code reads", () => {
    expect(functionParameters.map(variableOf)).toEqual(settingNames);
  });

  test("serverless.yml has the same defaults as the code", () => {
    const texts = functionParameters.map((name) => [name, String(defaults[name])]);
    const deployed = environment({ ofFunction: Object.fromEntries(texts) as Record<string, string> });
    const { DELTAPIPE_MODELS = "" } = deployed;
    expect(readConfiguration({ DELTAPIPE_MODELS })).toEqual(readConfiguration(deployed));
  });
});

describe("the README", () => {
  const namesIn = (column: "parameter" | "variable") =>
    documented.map((setting) => setting[column]).filter((name) => name !== undefined);

  test("the README has each parameter once in its tables, and no others", () => {
    expect(namesIn("parameter").toSorted()).toEqual(parameters.toSorted());
  });

  test("the README has the function's parameters in its first table, and the deployment's in its second", () => {
    const [ofFunction = "", ofDeployment = ""] = readme.split("The deployment reads these:");
    const namesOf = (text: string) => readSettingsTables(text).map((setting) => setting.parameter);
    expect(namesOf(ofFunction).toSorted()).toEqual(functionParameters.toSorted());
    expect(namesOf(ofDeployment).toSorted()).toEqual(serviceParameters.toSorted());
  });

  test("the README explains how a parameter's name becomes the variable's name", () => {
    expect(readme.replaceAll(/\s+/g, " ")).toContain(`\`maxTokens\` becomes \`${variableOf("maxTokens")}\``);
  });

  test.each(parameters)("the README and serverless.yml give the same default for %s", (parameter) => {
    const stated = documented.filter((row) => row.parameter === parameter).map((row) => row.stated);
    expect(stated).toEqual([String(defaults[parameter])]);
  });
});

test.each([
  ["README.md", readme],
  ["npm start -- --help", startHelp],
  ["serverless.yml", readFileSync(new URL("../../serverless.yml", import.meta.url), "utf8")],
])("%s names only variables that exist", (_, text) => {
  const named = new Set(text.match(/\bDELTAPIPE_[A-Z_]+[A-Z]\b/g));
  // Only the command line reads this variable.
  named.delete("DELTAPIPE_URL");
  expect([...named].filter((name) => !settingNames.includes(name))).toEqual([]);
});

describe("reading settings tables", () => {
  test("a row can have a parameter and its variable, or several settings", () => {
    const table = [
      "| Parameter | Environment variable | Default | Meaning |",
      "| --- | --- | --- | --- |",
      "| `stallSeconds` | `DELTAPIPE_STALL_SECONDS` | 180 s | without a byte |",
      "| `callers`, `xray` | | none, false | |",
      "",
    ].join("\n");
    expect(readSettingsTables(table)).toEqual([
      { parameter: "stallSeconds", variable: "DELTAPIPE_STALL_SECONDS", stated: "180" },
      { parameter: "callers", variable: undefined, stated: "none" },
      { parameter: "xray", variable: undefined, stated: "false" },
    ]);
  });

  test("a table without a column for settings is skipped", () => {
    expect(readSettingsTables("| error | status |\n| --- | --- |\n| `NotFound` | 404 |\n")).toEqual([]);
  });

  test.each([
    ["1", "it has 1 default: 1"],
    ["1, 2, 3", "it has 3 defaults: 1, 2, 3"],
  ])("a row of two settings with the defaults %s is an error", (defaults, found) => {
    const table = `| variable | default |\n| --- | --- |\n| \`A\`, \`B\` | ${defaults} |\n`;
    expect(() => readSettingsTables(table)).toThrow(`Cannot read a row of 2 settings: ${found}`);
  });
});
