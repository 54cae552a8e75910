// Files that the command line does not send: each one sentence that names the file and says why.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readAttachments } from "../../lib/command-line/attachments.ts";
import { UsageError } from "../../lib/command-line/command-failure.ts";
import { readCommand } from "../../lib/command-line/command-options.ts";
import { buildRequest } from "../../lib/command-line/build-request.ts";

const mostOfDocument = 4.5 * 1024 * 1024;
const mostOfImage = 3.75 * 1024 * 1024;
const files: Record<string, Uint8Array> = {
  "empty.pdf": new Uint8Array(),
  "archive.zip": Buffer.from("PK"),
  "large.pdf": new Uint8Array(mostOfDocument + 1),
  "heavy.pdf": new Uint8Array(mostOfDocument),
  "large.png": new Uint8Array(mostOfImage + 1),
  "text.png": Buffer.from("not a picture"),
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "deltapipe-files-"));
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
});
afterAll(() => rm(folder, { recursive: true }));

test.each([
  ["document", "none.pdf", /^Cannot read --document "[^"]+none.pdf": there is no such file$/],
  ["document", "empty.pdf", /^--document "[^"]+empty.pdf" is empty$/],
  ["document", "archive.zip", /does not take: expected pdf, csv, doc, docx, xls, xlsx, html, txt, md$/],
  ["document", "none", /is of a kind that Bedrock does not take/],
  ["document", "large.pdf", /^--document "[^"]+large.pdf" is 4.50 MB: Bedrock takes 4.5 MB at most$/],
  ["image", "large.png", /^--image "[^"]+large.png" is 3.75 MB: Bedrock takes 3.75 MB at most$/],
  [
    "image",
    "text.png",
    /^--image "[^"]+text.png" is none that Bedrock takes: expected png, jpeg, gif or webp$/,
  ],
  ["image", "", /^--image "[^"]+" is not a file$/],
])("--%s %s", async (kind, file, sentence) => {
  const path = join(folder, file);
  const reading = readAttachments(
    kind === "image" ? { images: [path], documents: [] } : { images: [], documents: [path] },
  );
  await expect(reading).rejects.toThrow(UsageError);
  await expect(reading).rejects.toThrow(sentence);
});

test("more of them than Bedrock takes", async () => {
  const six = { images: [], documents: Array<string>(6).fill("a.txt") };
  await expect(readAttachments(six)).rejects.toThrow(/^There are 6 documents: Bedrock takes 5 at most$/);
  const many = { images: Array<string>(21).fill("a.png"), documents: [] };
  await expect(readAttachments(many)).rejects.toThrow(/^There are 21 images: Bedrock takes 20 at most$/);
});

test("a file that Bedrock would take, and that makes the request too large for Lambda", async () => {
  const args = ["ask", "--document", join(folder, "heavy.pdf"), "What is this?"];
  const command = readCommand(args);
  if (command.name !== "ask") throw new Error("expected the command ask");
  const content = await readAttachments(command);
  expect(() => buildRequest(command, [{ role: "user", content }])).toThrow(
    /^The request is 6.00 MB, and 6 MB is the most: send less \(files grow by a third on the way\)$/,
  );
});
