// How much a request may hold, and that it holds it itself: a reference would have Bedrock fetch it from elsewhere,
// with the service's own permissions.
import type { Configuration } from "../settings/configuration.ts";
import { ConverseError } from "../converse-error.ts";
import { isShortTtl } from "./model-fields.ts";
import { notAllowed } from "./permissions.ts";

type Members = Record<string, unknown>;

/** Throws `ConverseError` InvalidRequest. Looks at nothing but lengths, so that it can come before all else. */
export function checkCounts(request: Members, { limits }: Configuration): void {
  const { messages, toolConfig, additionalModelRequestFields: fields } = request;
  checkCount("messages", lengthOf(messages), limits.messages);
  checkCount("tools", toolsIn(toolConfig).length + toolsIn(fields).length, limits.tools);
}

/** Throws `ConverseError` InvalidRequest. `messages` and their contents have been found to be arrays of objects. */
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

/** Where Bedrock defines a content block, its shape is looked at; a tool's input and JSON are the caller's own. */
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
      // A guardrail looks at nothing else in the messages once there is such a block:
      // https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use-converse-api.html
      if (name === "guardContent" && this.#hasGuardrail) {
        throw invalid(`"guardContent" is refused: this service chooses what its guardrail looks at`);
      }
      if (isS3(name) && !this.#allowed.has("remoteSources")) throw remote(name);
      this.visit(member, name);
    }
  }

  /** What Bedrock may add some day runs there until it is known that the caller runs it. */
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
      throw invalid(
        `The request has ${article[kind]} of ${length} bytes, above this service's limit of ${most}`,
      );
    }
  }

  /** What Bedrock may add some day is a reference until it is known to be none. */
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
/** The members of a `source` that hold what they stand for. */
const inline: ReadonlySet<string> = new Set(["bytes", "text", "content"]);

function sourceOf(block: unknown): Members | undefined {
  const source = typeof block === "object" && block !== null && (block as Members)["source"];
  return typeof source === "object" && source !== null ? (source as Members) : undefined;
}

/** Bedrock's own tools, or the ones that a model has beside them. */
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

function checkCount(what: string, found: number, most: number): void {
  if (found > most) throw invalid(`The request has ${found} ${what}, above this service's limit of ${most}`);
}

function remote(name: string): ConverseError {
  return invalid(
    `The request refers to content elsewhere (${JSON.stringify(name.slice(0, 64))}), which this service does not allow: send the bytes themselves`,
  );
}

function invalid(message: string): ConverseError {
  return new ConverseError("InvalidRequest", message);
}
