// Limits the number and size of a request's parts, and rejects those that the service does not allow.
//
// Among these are references to content elsewhere: Bedrock would fetch that content with the service's own permissions.
import type { Configuration } from "../settings/configuration.ts";
import type { ConverseError } from "../converse-error.ts";
import { invalidRequest } from "./invalid-request.ts";
import { isShortTtl } from "./model-fields.ts";
import { notAllowed } from "./permissions.ts";
import type { Members } from "../../shared/json-object.ts";

/** Throws `ConverseError` InvalidRequest. It reads only lengths, so it can run before all other checks. */
export function checkCounts(request: Members, { limits }: Configuration): void {
  const { messages, toolConfig, additionalModelRequestFields: fields } = request;
  checkCount("messages", lengthOf(messages), limits.messages);
  checkCount("tools", toolsIn(toolConfig).length + toolsIn(fields).length, limits.tools);
}

/** Throws `ConverseError` InvalidRequest. `messages` and the `content` of each message must be arrays of objects. */
export function checkContents(
  request: Members & { messages: unknown[] },
  configuration: Configuration,
): void {
  const { messages, system, toolConfig } = request;
  const { limits } = configuration;
  const contents = new Contents(configuration);
  for (const message of messages) contents.visit((message as Members)["content"]);
  contents.visit(system);
  checkCount("images", contents.counts.image, limits.images);
  checkCount("documents", contents.counts.document, limits.documents);
  for (const tool of toolsIn(toolConfig)) contents.checkTool(tool);
}

/**
 * Checks what Bedrock reads as content blocks. A tool's input and JSON results are the caller's data: they are skipped.
 */
class Contents {
  readonly counts = { image: 0, document: 0 };
  readonly #limits: Configuration["limits"];
  readonly #allowed: Configuration["allowed"];
  readonly #hasGuardrail: boolean;

  constructor({ limits, allowed, guardrail }: Configuration) {
    this.#limits = limits;
    this.#allowed = allowed;
    this.#hasGuardrail = guardrail !== undefined;
  }

  visit(value: unknown, kind?: string): void {
    if (typeof value !== "object" || value === null) return;
    if (Array.isArray(value)) {
      for (const element of value) this.visit(element, kind);
      return;
    }
    for (const name of Object.keys(value)) {
      if (name === "toolUse" || name === "json") continue;
      const member = (value as Members)[name];
      if (name === "image" || name === "document") {
        this.counts[name]++;
        this.#visitSource(member, name);
      } else if (name === "source") this.#checkInline(member, kind);
      else if (name === "cachePoint") this.#checkCachePoint(member);
      // If the messages have a `guardContent` block, a guardrail ignores everything outside it:
      // https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use-converse-api.html
      if (name === "guardContent" && this.#hasGuardrail) {
        throw invalidRequest(`this service decides what its guardrail evaluates; leave "guardContent" out`);
      }
      if (isS3(name) && !this.#allowed.has("remoteSources")) throw remote(name);
      this.visit(member, name);
    }
  }

  /** A kind of tool that Bedrock adds later is treated as a tool that runs at the provider, which costs money. */
  checkTool(tool: unknown): void {
    if (typeof tool !== "object" || tool === null) return;
    const other = Object.keys(tool).find((name) => name !== "toolSpec" && name !== "cachePoint");
    if (other !== undefined && !this.#allowed.has("systemTool")) {
      throw notAllowed(`toolConfig.tools: ${JSON.stringify(other.slice(0, 64))}`, "systemTool");
    }
    this.#checkCachePoint((tool as Members)["cachePoint"]);
  }

  #visitSource(block: unknown, kind: "image" | "document"): void {
    const bytes = sourceOf(block)?.["bytes"];
    if (typeof bytes !== "string") return;
    const length = Buffer.byteLength(bytes, "base64");
    const most = this.#limits[`${kind}Bytes`];
    if (length > most) {
      throw invalidRequest(
        `it has ${article[kind]} of ${length} bytes, above this service's limit of ${most}`,
      );
    }
  }

  /** A kind of source that Bedrock adds later is treated as a reference to content elsewhere. */
  #checkInline(source: unknown, kind = ""): void {
    if (this.#allowed.has("remoteSources")) return;
    if (typeof source === "string" && media.has(kind)) throw remote("source");
    if (typeof source !== "object" || source === null || Array.isArray(source)) return;
    const other = Object.keys(source).find((name) => !inline.has(name));
    if (other !== undefined) throw remote(other);
  }

  #checkCachePoint(cachePoint: unknown): void {
    if (typeof cachePoint !== "object" || cachePoint === null) return;
    if (isShortTtl((cachePoint as Members)["ttl"]) || this.#allowed.has("cacheTtl")) return;
    throw notAllowed("cachePoint.ttl", "cacheTtl");
  }
}

const article = { image: "an image", document: "a document" };
const media: ReadonlySet<string> = new Set(["image", "document", "video", "audio"]);
/** The members of a `source` that contain the content itself. */
const inline: ReadonlySet<string> = new Set(["bytes", "text", "content"]);

function sourceOf(block: unknown): Members | undefined {
  const source = typeof block === "object" && block !== null && (block as Members)["source"];
  return typeof source === "object" && source !== null ? (source as Members) : undefined;
}

/** The `tools` of `toolConfig`, or those in a model's own fields. */
function toolsIn(value: unknown): unknown[] {
  const tools = typeof value === "object" && value !== null && (value as Members)["tools"];
  return Array.isArray(tools) ? tools : [];
}

function lengthOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 0;
}

function isS3(name: string): boolean {
  return /^s3(location|uri|url)?$/i.test(name.replaceAll(/[-_]/g, ""));
}

function checkCount(parts: string, found: number, most: number): void {
  if (found > most) throw invalidRequest(`it has ${found} ${parts}, above this service's limit of ${most}`);
}

function remote(name: string): ConverseError {
  return invalidRequest(
    `it refers to content elsewhere (${JSON.stringify(name.slice(0, 64))}), which this service does not allow; send the bytes themselves`,
  );
}
