// Settings are named in serverless.yml, the code and the README: the same names and the same defaults everywhere.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { help } from "../../scripts/start/start-options.ts";
import { readConfiguration } from "../../lib/stream/settings/configuration.ts";
import { defaults, problemsOf } from "../support/deployment/deployment-parameters.ts";
import { readme, readSettingsTables } from "../support/deployment/settings-tables.ts";

const require = createRequire(import.meta.url);
const { environment, functionParameters } = require("../../lib/deployment/variables.cjs") as {
  environment: (parameters: { ofFunction: Record<string, string> }) => Record<string, string>;
  functionParameters: string[];
};
const { serviceParameters } = require("../../lib/deployment/parameters.cjs") as {
  serviceParameters: string[];
};

const parameters = Object.keys(defaults);
const settings = readSettingsTables(readme);
/** Every variable that the function reads. */
const variables = readNames();

/** The variable that a parameter becomes. */
function variableOf(parameter: string): string {
  const [name = ""] = Object.keys(environment({ ofFunction: { [parameter]: "x" } }));
  return name;
}

/** An environment that notes what is looked up in it. */
function readNames(): string[] {
  const names: string[] = [];
  const asked = new Proxy<Record<string, string>>(
    { DELTAPIPE_MODELS: "a=vendor.a-v1:0" },
    {
      get(values, name: string) {
        names.push(name);
        return values[name];
      },
    },
  );
  readConfiguration(asked);
  return names;
}

test("each parameter of serverless.yml is either the function's or the service's, and is checked", async () => {
  expect([...functionParameters, ...serviceParameters].toSorted()).toEqual(parameters.toSorted());
  expect(await problemsOf({})).toEqual([]);
});

test("the function reads exactly the variables that its parameters become", () => {
  expect(functionParameters.map(variableOf).toSorted()).toEqual(variables.toSorted());
});

test("the function's defaults are those of serverless.yml", () => {
  const texts = functionParameters.map((name) => [name, String(defaults[name])]);
  const deployed = environment({ ofFunction: Object.fromEntries(texts) as Record<string, string> });
  const { DELTAPIPE_MODELS = "" } = deployed;
  expect(readConfiguration({ DELTAPIPE_MODELS })).toEqual(readConfiguration(deployed));
});

test("the README's tables have each parameter and each variable once, and no others", () => {
  const names = settings.map(({ name }) => name);
  expect(names.toSorted()).toEqual([...parameters, ...variables].toSorted());
});

test.each(parameters)("the README gives %s the default of serverless.yml", (parameter) => {
  const names = [parameter, ...(functionParameters.includes(parameter) ? [variableOf(parameter)] : [])];
  const stated = settings.filter(({ name }) => names.includes(name)).flatMap(({ stated = [] }) => stated);
  expect(new Set(stated)).toEqual(new Set([String(defaults[parameter])]));
});

test.each([
  ["README.md", readme],
  ["npm start -- --help", help],
  ["serverless.yml", readFileSync(new URL("../../serverless.yml", import.meta.url), "utf8")],
])("%s names no variable that does not exist", (_, text) => {
  const named = new Set(text.match(/\bDELTAPIPE_[A-Z_]+[A-Z]\b/g));
  // The command line's own.
  named.delete("DELTAPIPE_URL");
  expect([...named].filter((name) => !variables.includes(name))).toEqual([]);
});

test("a table in which parameters and variables share a row is read by its columns", () => {
  const table = [
    "| parameter | variable | default | |",
    "| --- | --- | --- | --- |",
    "| `stallSeconds` | `DELTAPIPE_STALL_SECONDS` | 180 s | without a byte |",
    "| `callers`, `xray` | | none, false | |",
    "",
  ].join("\n");
  expect(readSettingsTables(table)).toEqual([
    { name: "stallSeconds", stated: "180" },
    { name: "callers", stated: "none" },
    { name: "xray", stated: "false" },
    { name: "DELTAPIPE_STALL_SECONDS", stated: "180" },
  ]);
});

test("a row with fewer defaults than settings is refused", () => {
  const table = "| variable | default |\n| --- | --- |\n| `A`, `B` | 1 |\n";
  expect(() => readSettingsTables(table)).toThrow("1 defaults");
});
