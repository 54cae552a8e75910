// Translates content blocks to the parts of a message: texts and images.
import { contentBlocks, isPresent, type BlockKind } from "../bedrock/index.ts";
import { untranslatable } from "./untranslatable.ts";
import type { ContentBlock, ImageBlock, JsonObject } from "../../wire.ts";

type Part = { type: "text"; text: string } | { type: "image_url"; image_url: { url: string } };

export interface PartOptions {
  /** Kinds of blocks to leave out, because they do not become parts of a message. */
  except?: readonly BlockKind[];
  /** Whether images are allowed. The API accepts them in user messages only. Default: false. */
  images?: boolean;
}

/**
 * Returns a string if all parts are texts, because not every chat template can read parts. The texts are joined with line
 * breaks, as servers join them. Returns undefined if there are no parts. Throws `ValidationError` for a block that has no
 * counterpart.
 */
export function chatContent(
  blocks: readonly ContentBlock[],
  path: string,
  options: PartOptions = {},
): string | JsonObject[] | undefined {
  const parts = blocks.flatMap((block, index) => chatPart(block, `${path}.${index}`, options));
  if (parts.length === 0) return undefined;
  const texts = parts.flatMap((part) => (part.type === "text" ? [part.text] : []));
  return texts.length === parts.length ? texts.join("\n") : parts;
}

function chatPart(block: ContentBlock, path: string, { except = [], images = false }: PartOptions): Part[] {
  const { text, image, guardContent } = block;
  const kind = (Object.keys(contentBlocks) as BlockKind[]).find((each) => isPresent(block[each]));
  // A cache point is left out, because local servers cache the beginning of a prompt by themselves.
  if (kind === undefined || kind === "cachePoint" || except.includes(kind)) return [];
  if (kind === "text") return [{ type: "text", text: text! }];
  if (kind === "image" && images) return [imagePart(image!, `${path}.image`)];
  // No guardrail evaluates the content here, and models get it like any other content.
  if (kind === "guardContent" && guardContent?.text) return [{ type: "text", text: guardContent.text.text }];
  if (kind === "guardContent" && guardContent?.image && images) {
    return [imagePart(guardContent.image, `${path}.guardContent.image`)];
  }
  throw untranslatable(`${path}.${kind}`);
}

function imagePart({ format, source }: Pick<ImageBlock, "format" | "source">, path: string): Part {
  if (!source.bytes) throw untranslatable(`${path}.source`);
  return { type: "image_url", image_url: { url: `data:image/${format};base64,${source.bytes}` } };
}
