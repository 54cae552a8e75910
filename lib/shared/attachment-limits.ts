// The formats, sizes and numbers of images and documents that Bedrock accepts.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html

export type AttachmentKind = "image" | "document";

const megabyte = 1024 * 1024;

/** Bedrock's limits. A Deltapipe service can have lower ones, and then rejects the request itself. */
const limits = {
  image: { count: 20, bytes: 3.75 * megabyte, size: "3.75 MB" },
  document: { count: 5, bytes: 4.5 * megabyte, size: "4.5 MB" },
};

const documentFormats = ["pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"] as const;
const otherExtensions: Record<string, string> = { htm: "html", markdown: "md" };

/** The names of the formats, as text for a message. */
export const formatList = { image: "png, jpeg, gif or webp", document: documentFormats.join(", ") };

/** Returns what is wrong with a file of this length in bytes and what to do, such as "it is empty; leave it out". */
export function findSizeProblem(kind: AttachmentKind, length: number): string | undefined {
  const { bytes, size } = limits[kind];
  if (length === 0) return "it is empty; leave it out";
  if (length <= bytes) return undefined;
  return `it is ${megabytesOf(length)}, and Bedrock accepts ${size}; send a smaller one`;
}

/** Rounded up to hundredths, because something that is one byte too long would otherwise seem to have the permitted size. */
export function megabytesOf(length: number): string {
  return `${(Math.ceil((length / megabyte) * 100) / 100).toFixed(2)} MB`;
}

/** Returns what is wrong with so many files in one request and what to do. */
export function findCountProblem(kind: AttachmentKind, count: number): string | undefined {
  const most = limits[kind].count;
  return count > most ? `Bedrock accepts ${most} ${kind}s at most; leave some out` : undefined;
}

/** Recognizes the format by the first bytes, because a converted image often keeps the old extension in its name. */
export function imageFormatOf(bytes: Uint8Array): "png" | "jpeg" | "gif" | "webp" | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 12));
  if (start.startsWith("\u0089PNG\r\n\u001a\n")) return "png";
  if (start.startsWith("\u00ff\u00d8\u00ff")) return "jpeg";
  if (/^GIF8[79]a/.test(start)) return "gif";
  return /^RIFF....WEBP$/s.test(start) ? "webp" : undefined;
}

/** Recognizes the format by the extension, because most of these formats are plain text. */
export function documentFormatOf(fileName: string): (typeof documentFormats)[number] | undefined {
  const extension = /\.([^.]+)$/.exec(fileName)?.[1]?.toLowerCase() ?? "";
  const name = Object.hasOwn(otherExtensions, extension) ? otherExtensions[extension] : extension;
  return documentFormats.find((format) => format === name);
}
