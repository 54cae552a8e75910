// Tests the files that the command line refuses to send: each error names the file, or says how many files there are, and gives
// the reason.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readAttachments } from "../../lib/command-line/attachments.ts";
import { UsageError } from "../../lib/command-line/command-failure.ts";
import { readCommand } from "../../lib/command-line/command-options.ts";
import { buildRequest } from "../../lib/command-line/build-request.ts";

const maxDocumentBytes = 4.5 * 1024 * 1024;
const maxImageBytes = 3.75 * 1024 * 1024;
const files: Record<string, Uint8Array> = {
  "empty.pdf": new Uint8Array(),
  "archive.zip": Buffer.from("PK"),
  "large.pdf": new Uint8Array(maxDocumentBytes + 1),
  "heavy.pdf": new Uint8Array(maxDocumentBytes),
  "large.png": new Uint8Array(maxImageBytes + 1),
  "text.png": Buffer.from("not a picture"),
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "deltapipe-files-"));
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
});
afterAll(() => rm(folder, { recursive: true }));

describe("readAttachments()", () => {
  test.each([
    ["document", "none.pdf", /^Cannot send --document "[^"]+none.pdf": it does not exist; check the path$/],
    ["document", "empty.pdf", /^Cannot send --document "[^"]+empty.pdf": it is empty; leave it out$/],
    [
      "document",
      "archive.zip",
      /does not accept its format; use pdf, csv, doc, docx, xls, xlsx, html, txt, md$/,
    ],
    ["document", "none", /Bedrock does not accept its format/],
    ["document", "large.pdf", /large.pdf": it is 4.51 MB, and Bedrock accepts 4.5 MB; send a smaller one$/],
    ["image", "large.png", /large.png": it is 3.76 MB, and Bedrock accepts 3.75 MB; send a smaller one$/],
    ["image", "text.png", /text.png": Bedrock does not accept its format; use png, jpeg, gif or webp$/],
    ["image", ".", /^Cannot send --image "[^"]+": it is not a file; name a single file$/],
  ])("readAttachments() rejects --%s %s", async (kind, file, sentence) => {
    const path = join(folder, file);
    const reading = readAttachments(
      kind === "image" ? { images: [path], documents: [] } : { images: [], documents: [path] },
    );
    await expect(reading).rejects.toThrow(UsageError);
    await expect(reading).rejects.toThrow(sentence);
  });

  test("readAttachments() rejects more files than Bedrock accepts", async () => {
    const six = { images: [], documents: Array<string>(6).fill("a.txt") };
    await expect(readAttachments(six)).rejects.toThrow(
      /^Cannot send 6 documents: Bedrock accepts 5 documents at most; leave some out$/,
    );
    const many = { images: Array<string>(21).fill("a.png"), documents: [] };
    await expect(readAttachments(many)).rejects.toThrow(
      /^Cannot send 21 images: Bedrock accepts 20 images at most; leave some out$/,
    );
  });
});

test("buildRequest() rejects a file that makes the request too large for Lambda", async () => {
  const args = ["ask", "--document", join(folder, "heavy.pdf"), "What is this?"];
  const command = readCommand(args);
  if (command.name !== "ask") throw new Error("expected the command ask");
  const content = await readAttachments(command);
  expect(() =>
    buildRequest(command, { model: undefined, system: undefined, messages: [{ role: "user", content }] }),
  ).toThrow(
    /^Cannot send the request: it is 6.01 MB, and Lambda accepts 6 MB; send less \(base64 makes files a third larger\)$/,
  );
});
