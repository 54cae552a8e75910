// Files as content blocks: kind and size checked here, where the sentence can name the file.
import { readFile, stat } from "node:fs/promises";
import { extname } from "node:path";
import type { ContentBlock } from "../client/index.ts";
import { createDocumentNames } from "./document-names.ts";
import { UsageError } from "./command-failure.ts";

// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html
const limits = {
  image: { count: 20, bytes: 3.75 * 1024 * 1024, size: "3.75 MB" },
  document: { count: 5, bytes: 4.5 * 1024 * 1024, size: "4.5 MB" },
};

const documentFormats = new Set(["pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"]);
const otherExtensions: Record<string, string> = { htm: "html", markdown: "md" };

/** Throws `UsageError` for a file that Bedrock would not take. */
export async function readAttachments(files: {
  images: string[];
  documents: string[];
}): Promise<ContentBlock[]> {
  checkCount("image", files.images);
  checkCount("document", files.documents);
  const nameOf = createDocumentNames();
  const blocks: ContentBlock[] = [];
  for (const path of files.documents) {
    const format = documentFormat(path);
    const bytes = await read("document", path);
    blocks.push({ document: { format, name: nameOf(path), source: { bytes: bytes.toString("base64") } } });
  }
  for (const path of files.images) {
    const bytes = await read("image", path);
    blocks.push({ image: { format: imageFormat(path, bytes), source: { bytes: bytes.toString("base64") } } });
  }
  return blocks;
}

function checkCount(kind: keyof typeof limits, paths: string[]): void {
  const { count } = limits[kind];
  if (paths.length > count) {
    throw new UsageError(`There are ${paths.length} ${kind}s: Bedrock takes ${count} at most`);
  }
}

async function read(kind: keyof typeof limits, path: string): Promise<Buffer> {
  const { bytes, size } = limits[kind];
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new UsageError(`--${kind} "${path}" is not a file`);
    if (found.size === 0) throw new UsageError(`--${kind} "${path}" is empty`);
    if (found.size > bytes) {
      const megabytes = (found.size / 1024 / 1024).toFixed(2);
      throw new UsageError(`--${kind} "${path}" is ${megabytes} MB: Bedrock takes ${size} at most`);
    }
    return await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const reason = code === "ENOENT" ? "there is no such file" : code;
    throw new UsageError(`Cannot read --${kind} "${path}": ${reason}`);
  }
}

// By its first bytes: a picture is often named after what it was before.
function imageFormat(path: string, bytes: Buffer): string {
  const start = bytes.toString("latin1", 0, 12);
  if (start.startsWith("\u0089PNG\r\n\u001a\n")) return "png";
  if (start.startsWith("\u00ff\u00d8\u00ff")) return "jpeg";
  if (/^GIF8[79]a/.test(start)) return "gif";
  if (/^RIFF....WEBP$/s.test(start)) return "webp";
  throw new UsageError(`--image "${path}" is none that Bedrock takes: expected png, jpeg, gif or webp`);
}

function documentFormat(path: string): string {
  const extension = extname(path).slice(1).toLowerCase();
  const format = otherExtensions[extension] ?? extension;
  if (documentFormats.has(format)) return format;
  const known = [...documentFormats].join(", ");
  throw new UsageError(`--document "${path}" is of a kind that Bedrock does not take: expected ${known}`);
}
