// Checks images, documents, video and audio: their names and sources.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html
import {
  brokenConstraint,
  checkText,
  emptyValue,
  isJsonObject,
  requireList,
  requireObject,
  requireString,
  requireUnion,
  ValidationError,
  wrongFormat,
} from "./validation-error.ts";

export const sources = ["bytes", "s3Location", "text", "content"] as const;

/** Returns the check for a kind of block in which only the source is checked. */
export function checkSourced(kind: string) {
  return (content: unknown, path: string): void => {
    const inside = `${path}.${kind}`;
    checkSource(requireObject(content, inside)["source"], `${inside}.source`);
  };
}

function checkSource(source: unknown, path: string): void {
  const [kind, value] = requireUnion(source, { path, shape: "Source", keys: sources });
  if (kind === "bytes") checkBytes(value, `${path}.bytes`);
  if (kind === "text") checkText(value, path, "DocumentSource");
  if (kind === "content") requireList(value, `${path}.content`);
}

export function checkBytes(value: unknown, path: string): void {
  if (typeof value === "string" && value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value)) {
    if (value === "") throw emptyValue(path);
  } else throw wrongFormat(path, "base64-encoded bytes");
}

/**
 * Bedrock's message, quoted below, is not accurate: Bedrock accepts underscores, and the only white space it accepts is
 * the space character:
 * https://github.com/aws-samples/generative-ai-use-cases/issues/1671
 */
export function checkDocument(content: unknown, path: string): void {
  const inside = `${path}.document`;
  const document = requireObject(content, inside);
  const name = requireString(document["name"], `${inside}.name`);
  if (name.length > 200) {
    throw brokenConstraint(`${inside}.name`, "have length less than or equal to 200");
  }
  if (!/^[A-Za-z0-9_ ()[\]-]+$/.test(name) || name.includes("  ")) {
    throw new ValidationError(
      "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, " +
        "parentheses, and square brackets. The name can't contain more than one consecutive whitespace character. " +
        "Check that the file name conforms to these restrictions and retry your request.",
    );
  }
  checkSource(document["source"], `${inside}.source`);
}

export function nameOfDocument(block: unknown): string | undefined {
  const document = isJsonObject(block) ? block["document"] : undefined;
  return isJsonObject(document) && typeof document["name"] === "string" ? document["name"] : undefined;
}
