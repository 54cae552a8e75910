// Compares the text of --help with the commands and options that are declared.
import { describe, expect, test } from "vitest";
import { optionDefinitions, optionsOfCommand, readCommand } from "../../lib/command-line/command-options.ts";
import { helpText } from "../../lib/command-line/help.ts";

type OptionName = keyof typeof optionDefinitions;

const commands = Object.entries(optionsOfCommand);

describe("the help of the command line", () => {
  test("the help shows how to use each command, and no other", () => {
    const shown = [...helpText.matchAll(/^ {2}deltapipe ([a-z]+) .*options\]/gm)].map(([, name]) => name);
    expect(shown).toEqual(Object.keys(optionsOfCommand));
  });

  test.each(commands)(
    "the help explains exactly the options of %s, and shows which of them take a value",
    (name, options) => {
      const declared = options.map((option) => [option, optionDefinitions[option as OptionName].type]);
      expect(optionsIn(sectionsOf(name)).toSorted()).toEqual(declared.toSorted());
    },
  );
});

test("every declared option of the command line belongs to a command", () => {
  const declared = Object.keys(optionDefinitions);
  const used = new Set(commands.flatMap(([, options]) => options));
  expect([...used].toSorted()).toEqual(declared.toSorted());
});

test("the error for a missing command names every command", () => {
  for (const args of [[], ["--json"]]) {
    for (const [name] of commands) expect(() => readCommand(args)).toThrow(new RegExp(`\\b${name}\\b`));
  }
});

/** The parts of the help that describe the command, such as "ask and chat". */
function sectionsOf(command: string): string {
  const [, ...parts] = helpText.split(/^(\w[\w ]*):\n/m);
  const sections = parts.flatMap((title, at) => (at % 2 === 0 ? [{ title, text: parts[at + 1]! }] : []));
  return sections
    .filter(({ title }) => title === "All commands" || title.split(" and ").includes(command))
    .map(({ text }) => text)
    .join("");
}

/** The name of each option, and the type of its value. */
function optionsIn(text: string): [name: string, type: string][] {
  const lines = text.matchAll(/^ {2}--([a-z][a-z0-9-]*)(?:, -\w)?( [A-Z]+)?(?: {2,}|$)/gm);
  return [...lines].map(([, name = "", value]) => [name, value === undefined ? "boolean" : "string"]);
}
