// Tests the content blocks that the page makes of files, and the files that it rejects.
import { describe, expect, test } from "vitest";
import { readAttachment, withAttachment } from "../../lib/page/attachments.ts";
import { buildMessage } from "../../lib/page/build-request.ts";

const maxDocumentBytes = 4.5 * 1024 * 1024;
const maxImageBytes = 3.75 * 1024 * 1024;
const png = Buffer.from("\u0089PNG\r\n\u001a\n", "latin1");
const file = (name: string, bytes: string | Uint8Array<ArrayBuffer> = "Rain.") => new File([bytes], name);

describe("an attached file", () => {
  test("an attached file is an image if its first bytes are those of an image, whatever its extension says", async () => {
    expect(await readAttachment(file("picture.txt", png))).toEqual({
      name: "picture.txt",
      block: { image: { format: "png", source: { bytes: png.toString("base64") } } },
    });
  });

  test.each([
    ["report.PDF", "pdf"],
    ["page.htm", "html"],
    ["notes.markdown", "md"],
  ])("the format of the document %s follows from its extension", async (name, format) => {
    const { block } = await readAttachment(file(name));
    expect(block.document?.format).toBe(format);
  });

  test("an attached file is accepted if it has exactly the size that Bedrock permits", async () => {
    const { name } = await readAttachment(file("large.pdf", new Uint8Array(maxDocumentBytes)));
    expect(name).toBe("large.pdf");
  });

  test.each<[name: string, bytes: string | Uint8Array<ArrayBuffer>, reason: string]>([
    ["empty.pdf", "", "it is empty; leave it out"],
    [
      "large.pdf",
      new Uint8Array(maxDocumentBytes + 1),
      "it is 4.51 MB, and Bedrock accepts 4.5 MB; send a smaller one",
    ],
    [
      "large.png",
      Buffer.concat([png, new Uint8Array(maxImageBytes)]),
      "it is 3.76 MB, and Bedrock accepts 3.75 MB; send a smaller one",
    ],
    [
      "program.exe",
      "MZ",
      "Bedrock does not accept its format; use png, jpeg, gif or webp for an image, pdf, csv, doc, docx, xls, xlsx, html, txt, md for a document",
    ],
    ["constructor", "x", "Bedrock does not accept its format; use png"],
    ["a.constructor", "x", "Bedrock does not accept its format; use png"],
  ])("the file %s is rejected, and the error names the file and the reason", async (name, bytes, reason) => {
    await expect(readAttachment(file(name, bytes))).rejects.toThrow(`Cannot attach ${name}: ${reason}`);
  });

  test.each([
    ["a sixth document", "txt", "Rain.", 5, "documents"],
    ["a 21st image", "png", png, 20, "images"],
  ])("%s is rejected", async (_, extension, bytes, most, kind) => {
    const each = await readAttachment(file(`a.${extension}`, bytes));
    const attached = Array.from({ length: most }).reduce<(typeof each)[]>(
      (all) => withAttachment(all, each),
      [],
    );
    expect(() => withAttachment(attached, each)).toThrow(
      `Cannot attach a.${extension}: Bedrock accepts ${most} ${kind} at most; leave some out`,
    );
  });

  test("a document is accepted although there are already 20 images", async () => {
    const image = await readAttachment(file("a.png", png));
    const document = await readAttachment(file("a.txt"));
    expect(withAttachment(Array(20).fill(image), document)).toHaveLength(21);
  });
});

describe("the documents of a message on the page", () => {
  async function namesOf(fileNames: string[], earlier: Parameters<typeof buildMessage>[2] = []) {
    const attachments = await Promise.all(fileNames.map((name) => readAttachment(file(name))));
    const question = {
      text: "Compare",
      files: attachments.map(({ block }) => block),
      modelId: "",
      system: "",
      maxTokens: undefined,
      temperature: undefined,
      more: {},
    };
    const message = buildMessage(question, new Map(), earlier);
    return { message, names: message.content.flatMap(({ document }) => document?.name ?? []) };
  }

  test("documents have different names even if their files' names differ only in upper and lower case", async () => {
    const { names } = await namesOf(["Notes.txt", "notes.csv"]);
    expect(names).toEqual(["Notes", "notes (2)"]);
  });

  test("documents have names that differ from those in earlier messages", async () => {
    const { message } = await namesOf(["Notes.txt"]);
    const { names } = await namesOf(
      ["notes.csv"],
      [message, { role: "assistant", content: [{ text: "So." }] }],
    );
    expect(names).toEqual(["notes (2)"]);
  });
});
