// Reads files into content blocks. Checks format and size here, because an error from the service could not name the file.
import { readFile, stat } from "node:fs/promises";
import { extname } from "node:path";
import type { ContentBlock, DocumentFormat, ImageFormat } from "../client/index.ts";
import { createDocumentNames } from "./document-names.ts";
import { UsageError } from "./command-failure.ts";

/**
 * Bedrock's limits. A service can have lower limits. It then rejects the request itself, with an error.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html
 */
const limits = {
  image: { count: 20, bytes: 3.75 * 1024 * 1024, size: "3.75 MB" },
  document: { count: 5, bytes: 4.5 * 1024 * 1024, size: "4.5 MB" },
};

const documentFormats: DocumentFormat[] = ["pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"];
const otherExtensions: Record<string, string> = { htm: "html", markdown: "md" };

/** Returns the documents' blocks, then the images'. Throws `UsageError` for a file that Bedrock would reject. */
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
    throw new UsageError(
      `Cannot send ${paths.length} ${kind}s: Bedrock accepts ${count} at most; leave some out`,
    );
  }
}

async function read(kind: keyof typeof limits, path: string): Promise<Buffer> {
  const { bytes, size } = limits[kind];
  try {
    const found = await stat(path);
    if (!found.isFile()) throw attachmentError(kind, path, "it is not a file; name a single file");
    if (found.size === 0) throw attachmentError(kind, path, "it is empty; leave it out");
    if (found.size > bytes) {
      const megabytes = (found.size / 1024 / 1024).toFixed(2);
      throw attachmentError(
        kind,
        path,
        `it is ${megabytes} MB, and Bedrock accepts ${size}; send a smaller one`,
      );
    }
    return await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const reason = code === "ENOENT" ? "it does not exist" : `reading it failed with ${code}`;
    throw attachmentError(kind, path, `${reason}; check the path`);
  }
}

/** Recognizes the format by the first bytes, because a converted image often keeps the old extension in its name. */
function imageFormat(path: string, bytes: Buffer): ImageFormat {
  const start = bytes.toString("latin1", 0, 12);
  if (start.startsWith("\u0089PNG\r\n\u001a\n")) return "png";
  if (start.startsWith("\u00ff\u00d8\u00ff")) return "jpeg";
  if (/^GIF8[79]a/.test(start)) return "gif";
  if (/^RIFF....WEBP$/s.test(start)) return "webp";
  throw attachmentError("image", path, "Bedrock does not accept its format; use png, jpeg, gif or webp");
}

function documentFormat(path: string): DocumentFormat {
  const extension = extname(path).slice(1).toLowerCase();
  const name = otherExtensions[extension] ?? extension;
  const format = documentFormats.find((known) => known === name);
  if (format !== undefined) return format;
  const known = documentFormats.join(", ");
  throw attachmentError("document", path, `Bedrock does not accept its format; use ${known}`);
}

function attachmentError(kind: keyof typeof limits, path: string, reason: string): UsageError {
  return new UsageError(`Cannot send --${kind} "${path}": ${reason}`);
}
