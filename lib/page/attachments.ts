// Makes content blocks of the images and documents that the user chose, dropped or pasted.
import type { ContentBlock } from "../wire.ts";
import { base64Of } from "./base64.ts";

export interface Attachment {
  name: string;
  block: ContentBlock;
}

const megabyte = 1024 * 1024;
/** Bedrock's limits: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html */
const limits = {
  image: { bytes: 3.75 * megabyte, size: "3.75 MB" },
  document: { bytes: 4.5 * megabyte, size: "4.5 MB" },
};
const documentFormats = ["pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"] as const;
const otherExtensions: Record<string, string> = { htm: "html", markdown: "md" };

/** Rejects with an error whose message is a sentence. `taken` contains the names of the files that are already attached. */
export async function readAttachment(file: File, taken: ReadonlySet<string>): Promise<Attachment> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const format = imageFormat(bytes);
  const kind = format ? "image" : "document";
  if (bytes.length === 0) throw rejected(file, "it is empty; leave it out");
  if (bytes.length > limits[kind].bytes) {
    throw rejected(
      file,
      `it has ${(bytes.length / megabyte).toFixed(2)} MB, and Bedrock accepts ${limits[kind].size}; send a smaller one`,
    );
  }
  const source = { bytes: base64Of(bytes) };
  if (format) return { name: file.name, block: { image: { format, source } } };
  const name = uniqueName(file.name, taken);
  return { name, block: { document: { format: documentFormat(file), name, source } } };
}

/** Looks at the first bytes, because a converted image often keeps the old extension in its name. */
function imageFormat(bytes: Uint8Array): "png" | "jpeg" | "gif" | "webp" | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 12));
  if (start.startsWith("\u0089PNG\r\n\u001a\n")) return "png";
  if (start.startsWith("\u00ff\u00d8\u00ff")) return "jpeg";
  if (/^GIF8[79]a/.test(start)) return "gif";
  return /^RIFF....WEBP$/s.test(start) ? "webp" : undefined;
}

function documentFormat(file: File): (typeof documentFormats)[number] {
  const extension = /\.([^.]+)$/.exec(file.name)?.[1]?.toLowerCase() ?? "";
  const name = otherExtensions[extension] ?? extension;
  const format = documentFormats.find((known) => known === name);
  if (format) return format;
  throw rejected(
    file,
    `Bedrock does not accept its format; use png, jpeg, gif or webp for an image, ${documentFormats.join(", ")} for a document`,
  );
}

/**
 * Bedrock accepts letters, digits, spaces, hyphens and brackets in names, and each name only once:
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html
 */
function uniqueName(fileName: string, taken: ReadonlySet<string>): string {
  const clean = fileName
    .replace(/\.[^.]+$/, "")
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/[^A-Za-z0-9()[\]-]+/g, " ")
    .trim()
    .slice(0, 190)
    .trimEnd();
  const name = /[A-Za-z0-9]/.test(clean) ? clean : "document";
  let unique = name;
  for (let number = 2; taken.has(unique); number += 1) unique = `${name} (${number})`;
  return unique;
}

function rejected(file: File, reason: string): Error {
  return new Error(`Cannot attach ${file.name}: ${reason}`);
}
