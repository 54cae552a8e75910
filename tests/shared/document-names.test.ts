// Tests the names of documents that the page and the command line send.
import { describe, expect, test } from "vitest";
import { documentNameOf, withUniqueDocumentNames } from "../../lib/shared/document-names.ts";

describe("the name of a document", () => {
  test.each([
    ["été – report_v2 (final)[1].MD", "ete report v2 (final)[1]"],
    ["archive.tar.gz", "archive tar"],
    ["no-extension", "no-extension"],
    ["  two\tspaces\n.txt", "two spaces"],
    ["分析.htm", "document"],
    ["(-).txt", "document"],
    [".md", "document"],
    ["", "document"],
    [`${"long ".repeat(45)}.pdf`, "long ".repeat(40).trim()],
  ])("the name of a document is made from the file name %j", (fileName, name) => {
    expect(documentNameOf(fileName)).toBe(name);
  });
});

describe("the names of documents in one request", () => {
  const documents = (...names: string[]) => names.map((name) => ({ document: { name } }));
  const named = (names: string[], earlier: { content: unknown[] }[] = []) =>
    withUniqueDocumentNames(documents(...names), earlier).map(({ document }) => document.name);

  test("the names of documents differ in more than upper and lower case", () => {
    expect(named(["Notes", "notes", "NOTES"])).toEqual(["Notes", "notes (2)", "NOTES (3)"]);
  });

  test("the names of documents do not collide with a name that already has a number", () => {
    expect(named(["a", "a", "a (2)", "a (2)"])).toEqual(["a", "a (2)", "a (2) (2)", "a (2) (3)"]);
  });

  test("the names of documents are not longer than Bedrock accepts, even with a number", () => {
    const long = "x".repeat(200);
    expect(named([long, long])).toEqual([long, `${"x".repeat(196)} (2)`]);
  });

  test("the names of documents differ from those in earlier messages and their tool results", () => {
    const toolResult = { toolUseId: "call-1", content: [null, { text: "b" }, ...documents("B")] };
    const earlier = [{ content: [{ text: "a" }, ...documents("A")] }, { content: [{ toolResult }] }];
    expect(named(["a", "b", "c"], earlier)).toEqual(["a (2)", "b (2)", "c"]);
  });

  test("the names of documents do not depend on malformed blocks, which a file with a conversation can contain", () => {
    const document = { name: 1 };
    const content = [
      "a",
      null,
      { document: "a" },
      { document },
      { toolResult: null },
      { toolResult: { content: "a" } },
    ];
    expect(named(["a"], [{ content }])).toEqual(["a"]);
  });

  test("withUniqueDocumentNames() changes only names of documents, and leaves the rest of each block as it is", () => {
    const source = { bytes: "AA==" };
    const content = [{ text: "a" }, { document: { format: "txt", name: "a", source } }];
    const before = structuredClone(content);
    const changed = [{ text: "a" }, { document: { format: "txt", name: "a (2)", source } }];
    expect(withUniqueDocumentNames(content, [{ content: documents("a") }])).toEqual(changed);
    expect(content).toEqual(before);
  });
});
