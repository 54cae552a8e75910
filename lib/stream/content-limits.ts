// How much a request may hold, and that it holds it itself: a reference would have Bedrock fetch it from elsewhere,
// with the service's own permissions.
import type { Configuration } from "./configuration.ts";
import { ConverseError } from "./errors.ts";

type Members = Record<string, unknown>;

/** Throws `ConverseError` InvalidRequest. `messages` and their contents have been found to be arrays of objects. */
export function checkContents(
  request: Members & { messages: unknown[] },
  configuration: Configuration,
): void {
  const { messages, system, toolConfig, additionalModelRequestFields: fields } = request;
  const { limits, allowed } = configuration;
  checkCount("messages", messages.length, limits.messages);
  checkCount("tools", toolsIn(toolConfig) + toolsIn(fields), limits.tools);
  const contents = new Contents(configuration);
  for (const message of messages) contents.visit((message as Members)["content"]);
  contents.visit(system);
  checkCount("images", contents.counts.image, limits.images);
  checkCount("documents", contents.counts.document, limits.documents);
  if (!allowed.has("remoteSources") && holdsUrl(fields)) throw remote("additionalModelRequestFields");
}

/** Where Bedrock defines a content block, its shape is looked at; a tool's input and JSON are the caller's own. */
class Contents {
  readonly counts = { image: 0, document: 0 };
  readonly #limits: Configuration["limits"];
  readonly #mayReferTo: boolean;
  readonly #hasGuardrail: boolean;

  constructor({ limits, allowed, guardrail }: Configuration) {
    this.#limits = limits;
    this.#mayReferTo = allowed.has("remoteSources");
    this.#hasGuardrail = guardrail !== undefined;
  }

  visit(value: unknown, kind?: string): void {
    if (typeof value !== "object" || value === null) return;
    for (const [name, member] of Object.entries(value)) {
      if (name === "toolUse" || name === "json") continue;
      if (name === "image" || name === "document") {
        this.counts[name]++;
        this.#visitSource(member, name);
      } else if (name === "source") this.#checkInline(member, kind);
      // A guardrail looks at nothing else once there is such a block:
      // https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use-converse-api.html
      if (name === "guardContent" && this.#hasGuardrail) {
        throw invalid(`"guardContent" is refused: this service's guardrail looks at the whole request`);
      }
      if (isS3(name) && !this.#mayReferTo) throw remote(name);
      this.visit(member, Array.isArray(value) ? kind : name);
    }
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
    if (this.#mayReferTo) return;
    if (typeof source === "string" && media.has(kind)) throw remote("source");
    if (typeof source !== "object" || source === null || Array.isArray(source)) return;
    const other = Object.keys(source).find((name) => !inline.has(name));
    if (other !== undefined) throw remote(other);
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
function toolsIn(value: unknown): number {
  const tools = typeof value === "object" && value !== null && (value as Members)["tools"];
  return Array.isArray(tools) ? tools.length : 0;
}

function isS3(name: string): boolean {
  return /^s3(location|uri|url)?$/i.test(name.replaceAll(/[-_]/g, ""));
}

/** A model's own fields have no shape that we know: what reads as an address is one. */
function holdsUrl(value: unknown): boolean {
  if (typeof value === "string") return /^\s*[a-z][a-z0-9+.-]*:\/\//i.test(value);
  return typeof value === "object" && value !== null && Object.values(value).some(holdsUrl);
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
