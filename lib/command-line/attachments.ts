// Reads files into content blocks. Checks format and size here, because an error from the service could not name the file.
import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import type { ContentBlock } from "../client/index.ts";
import {
  type AttachmentKind,
  documentFormatOf,
  findCountProblem,
  findSizeProblem,
  formatList,
  imageFormatOf,
} from "../shared/attachment-limits.ts";
import { documentNameOf } from "../shared/document-names.ts";
import { UsageError } from "./command-failure.ts";

/**
 * Returns the documents' blocks, then the images'. Two documents can have the same name, so the caller must make the names
 * unique in the conversation. Throws `UsageError` for a file that Bedrock would reject.
 */
export async function readAttachments(files: {
  images: string[];
  documents: string[];
}): Promise<ContentBlock[]> {
  checkCount("image", files.images);
  checkCount("document", files.documents);
  const blocks: ContentBlock[] = [];
  for (const path of files.documents) {
    const name = basename(path);
    const format = documentFormatOf(name);
    if (!format) throw wrongFormat("document", path);
    const bytes = await read("document", path);
    blocks.push({
      document: { format, name: documentNameOf(name), source: { bytes: bytes.toString("base64") } },
    });
  }
  for (const path of files.images) {
    const bytes = await read("image", path);
    const format = imageFormatOf(bytes);
    if (!format) throw wrongFormat("image", path);
    blocks.push({ image: { format, source: { bytes: bytes.toString("base64") } } });
  }
  return blocks;
}

function checkCount(kind: AttachmentKind, paths: string[]): void {
  const problem = findCountProblem(kind, paths.length);
  if (problem !== undefined) throw new UsageError(`Cannot send ${paths.length} ${kind}s: ${problem}`);
}

async function read(kind: AttachmentKind, path: string): Promise<Buffer> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw attachmentError(kind, path, "it is not a file; name a single file");
    const problem = findSizeProblem(kind, found.size);
    if (problem !== undefined) throw attachmentError(kind, path, problem);
    return await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const reason = code === "ENOENT" ? "it does not exist" : `reading it failed with ${code}`;
    throw attachmentError(kind, path, `${reason}; check the path`);
  }
}

function wrongFormat(kind: AttachmentKind, path: string): UsageError {
  return attachmentError(kind, path, `Bedrock does not accept its format; use ${formatList[kind]}`);
}

function attachmentError(kind: AttachmentKind, path: string, reason: string): UsageError {
  return new UsageError(`Cannot send --${kind} "${path}": ${reason}`);
}
