// Tests the entries of a chat. An entry is one line, or several lines that belong together: lines that end with a backslash, or
// a block between triple quotes.
import { describe, expect, test } from "vitest";
import { dropped, readEntry } from "../../lib/command-line/entries.ts";

/** Returns the entries of these lines, and for each line whether it was read with the continuation prompt. */
async function entriesOf(lines: (string | typeof dropped)[]) {
  const rest = [...lines];
  const continued: boolean[] = [];
  const entries: unknown[] = [];
  for (;;) {
    const entry = await readEntry(async (continues) => {
      continued.push(continues);
      return rest.shift();
    });
    if (entry === undefined) return { entries, continued };
    entries.push(entry);
  }
}

const text = (content: string, verbatim = false) => ({ text: content, verbatim });

describe("an entry", () => {
  test.each<[what: string, lines: string[], entries: object[]]>([
    ["is one line", ["one", "", "two"], [text("one"), text(""), text("two")]],
    [
      "continues after a backslash",
      ["one \\", "two\\", "three", "four"],
      [text("one \ntwo\nthree"), text("four")],
    ],
    ["does not continue after two backslashes", ["C:\\\\", "two"], [text("C:\\\\"), text("two")]],
    ["ends at the end of the input, even after a backslash", ["one\\"], [text("one")]],
    ["is a block", ['"""', "/reset", "", "two", '"""', "next"], [text("/reset\n\ntwo", true), text("next")]],
    ["is a block on one line", ['"""/one two"""'], [text("/one two", true)]],
    ["is a block with text on the lines of its quotes", ['"""one', 'two"""  '], [text("one\ntwo", true)]],
    ["is a block with backslashes", ['"""', "one\\", '"""'], [text("one\\", true)]],
    ["is an empty block", ['"""', '"""'], [text("", true)]],
    ["is an empty block on one line", ['""""""'], [text("", true)]],
    [
      "is a command with a block",
      ['/system """', "Be brief", "Be kind", '"""'],
      [text("/system Be brief\nBe kind")],
    ],
    [
      "is one line if the quotes are in the middle",
      ['say """hi"""', "two"],
      [text('say """hi"""'), text("two")],
    ],
  ])("an entry %s", async (_, lines, entries) => {
    expect((await entriesOf(lines)).entries).toEqual(entries);
  });

  test("an entry is read with the continuation prompt from its second line on", async () => {
    expect((await entriesOf(["a\\", "b", '"""', "c", '"""'])).continued).toEqual([
      false,
      true,
      false,
      true,
      true,
      false,
    ]);
  });

  test("an entry is discarded with all of its lines at Ctrl-C", async () => {
    expect((await entriesOf(["a\\", dropped, "b", '"""', "c", dropped, "d"])).entries).toEqual([
      dropped,
      text("b"),
      dropped,
      text("d"),
    ]);
  });

  test('an entry with the text "dropped" is read like any other text', async () => {
    expect((await entriesOf(["dropped"])).entries).toEqual([text("dropped")]);
  });

  test("an entry is rejected if it is a block without an end", async () => {
    await expect(entriesOf(['"""', "one"])).rejects.toThrow(
      'Cannot send the last lines: the input ends within a block; end it with """',
    );
  });
});
