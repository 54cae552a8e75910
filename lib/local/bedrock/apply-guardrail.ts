// ApplyGuardrail: a scripted guardrail that blocks the word "forbidden" and masks e-mail addresses. Any id is accepted.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ApplyGuardrail.html
import { checkEnum, checkPattern } from "./validation/constraints.ts";
import { checkBytes } from "./validation/check-media.ts";
import {
  emptyValue,
  isPresent,
  requireList,
  requireObject,
  requireString,
  requireUnion,
} from "./validation/validation-error.ts";
import type { JsonObject } from "../../wire.ts";

/** The message that AWS's console suggests for blocked prompts and answers. */
const blockedMessage = "Sorry, the model cannot answer this question.";
const forbiddenWord = /\bforbidden\b/i;
/** The limits on lengths keep the search fast: without them, a long text without an @ takes quadratic time. */
const emailAddress = /[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+/g;
/** AWS counts usage in text units of this many characters. */
const charactersOfUnit = 1000;
const guardrailId = "[a-z0-9]+|arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:guardrail/[a-z0-9]+";
const guardrailVersion = "[1-9][0-9]{0,7}|DRAFT";

interface Content {
  texts: string[];
  imageCount: number;
}

/** Throws `ValidationError`. */
export function applyGuardrail([id = "", version = ""]: string[], body: JsonObject): JsonObject {
  const startedAt = performance.now();
  checkPattern(id, "guardrailIdentifier", guardrailId, 2048);
  checkPattern(version, "guardrailVersion", guardrailVersion);
  checkEnum(body["source"], "source", ["INPUT", "OUTPUT"]);
  if (isPresent(body["outputScope"]))
    checkEnum(body["outputScope"], "outputScope", ["INTERVENTIONS", "FULL"]);
  const content = readContent(body["content"]);
  const total = content.texts.join("").length;
  const measures = { usage: usageOf(total), guardrailCoverage: coverageOf(total, content.imageCount) };
  const { policies, ...verdict } = judge(content.texts);
  const invocationMetrics = {
    guardrailProcessingLatency: Math.round(performance.now() - startedAt),
    ...measures,
  };
  return { ...measures, ...verdict, assessments: [{ ...policies, invocationMetrics }] };
}

function readContent(content: unknown): Content {
  const list = requireList(content, "content");
  if (list.length === 0) throw emptyValue("content");
  const texts: string[] = [];
  list.forEach((block, index) => {
    const path = `content.${index}`;
    const [kind, value] = requireUnion(block, {
      path,
      shape: "GuardrailContentBlock",
      keys: ["text", "image"],
    });
    const inside = requireObject(value, `${path}.${kind}`);
    if (kind === "text") return void texts.push(requireString(inside["text"], `${path}.text.text`));
    checkEnum(inside["format"], `${path}.image.format`, ["png", "jpeg"]);
    checkBytes(
      requireObject(inside["source"], `${path}.image.source`)["bytes"],
      `${path}.image.source.bytes`,
    );
  });
  return { texts, imageCount: list.length - texts.length };
}

/** If a word is blocked, addresses are reported but not masked, because no part of the text is in the output. */
function judge(texts: string[]): JsonObject & { policies: JsonObject } {
  const all = texts.join("\n");
  const [word] = forbiddenWord.exec(all) ?? [];
  const addresses = [...new Set(all.match(emailAddress) ?? [])];
  const wordPolicy = word !== undefined && {
    customWords: [{ match: word, action: "BLOCKED", detected: true }],
    managedWordLists: [],
  };
  const sensitiveInformationPolicy = addresses.length > 0 && {
    piiEntities: addresses.map((match) => ({ type: "EMAIL", match, action: "ANONYMIZED", detected: true })),
    regexes: [],
  };
  const policies = {
    ...(wordPolicy && { wordPolicy }),
    ...(sensitiveInformationPolicy && { sensitiveInformationPolicy }),
  };
  const intervened = { action: "GUARDRAIL_INTERVENED", policies };
  if (wordPolicy) {
    return { ...intervened, actionReason: "Guardrail blocked.", outputs: [{ text: blockedMessage }] };
  }
  if (sensitiveInformationPolicy) {
    const outputs = texts.map((text) => ({ text: text.replaceAll(emailAddress, "{EMAIL}") }));
    return { ...intervened, actionReason: "Guardrail masked.", outputs };
  }
  return { action: "NONE", policies, actionReason: "No action.", outputs: [] };
}

/** The usage of the two policies that this guardrail has. */
function usageOf(characters: number): JsonObject {
  const units = Math.ceil(characters / charactersOfUnit);
  return {
    topicPolicyUnits: 0,
    contentPolicyUnits: 0,
    wordPolicyUnits: units,
    sensitiveInformationPolicyUnits: units,
    sensitiveInformationPolicyFreeUnits: 0,
    contextualGroundingPolicyUnits: 0,
  };
}

/** Images are counted as not guarded, because neither policy looks at them. */
function coverageOf(characters: number, imageCount: number): JsonObject {
  return {
    textCharacters: { guarded: characters, total: characters },
    ...(imageCount > 0 && { images: { guarded: 0, total: imageCount } }),
  };
}
