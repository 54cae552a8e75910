// The list of models that callers may use. Both the function and its IAM statements are built from this one setting.
import type { ModelList } from "../../wire.ts";

export interface Model {
  /** The name that callers use and that the `start` line contains. */
  name: string;
  /** The name that Bedrock gets: a model id, an inference profile's id, or an ARN. */
  id: string;
  /** The foundation model behind an application inference profile. The profile's ARN does not contain it. */
  foundationModel?: string;
}

/** The id of an inference profile. The groups are the geography and the foundation model's id. */
export const profileIdForm = /^(us|us-gov|eu|apac|au|ca|jp|sa|me|af|global)\.(.+\..+)$/;

/**
 * Reads `name=modelId` pairs, separated by commas or white space. The first is the default. An application inference
 * profile also names its foundation model: `name=<arn>;model=<modelId>`. Throws an Error whose message continues a
 * sentence that begins with the setting's name.
 */
export function parseModels(text: string): [Model, ...Model[]] {
  const [first, ...rest] = text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(parseModel);
  if (first === undefined) throw new Error("is empty; list at least one model as name=modelId");
  const models: [Model, ...Model[]] = [first, ...rest];
  const names = new Set<string>();
  for (const { name } of models) {
    if (names.has(name)) throw new Error(`has ${JSON.stringify(name)} twice; give each model its own name`);
    names.add(name);
  }
  return models;
}

/** The list for callers. ARNs are left out, because they contain the account's id. */
export function servedModels(models: readonly Model[]): ModelList {
  const served = models.map(({ name, id }, index) => ({
    name,
    ...(!id.startsWith("arn:") && { modelId: id }),
    default: index === 0,
  }));
  return { models: served };
}

/** Finds a model by the name that callers use or by the id that Bedrock gets. */
export function findModel(models: readonly Model[], text: string): Model | undefined {
  return models.find(({ name, id }) => text === name || text === id);
}

/** The names for an error message. For a long list, only the names most similar to the text. */
export function listNames(models: readonly Model[], text: string): string {
  const nearest = models.toSorted((one, other) => similarity(other.name, text) - similarity(one.name, text));
  const names = nearest.slice(0, longestList).map(({ name }) => name);
  const others = models.length - names.length;
  return `${names.join(", ")}${others > 0 ? ` and ${others} more` : ""}`;
}

const longestList = 8;

/** Length of the common beginning, or the maximum if one contains the other. */
function similarity(name: string, text: string): number {
  if (text !== "" && (name.includes(text) || text.includes(name))) return Number.MAX_SAFE_INTEGER;
  let length = 0;
  while (length < name.length && name[length] === text[length]) length++;
  return length;
}

function parseModel(pair: string): Model {
  const [, name, id, , foundationModel] = /^([\w.-]+)=([\w.:/-]+)(;model=([\w.:-]+))?$/.exec(pair) ?? [];
  if (name === undefined || id === undefined) {
    throw new Error(`contains ${JSON.stringify(pair)}; write each model as name=modelId`);
  }
  const isApplicationProfile = /:application-inference-profile\//.test(id);
  if (isApplicationProfile && foundationModel === undefined) {
    throw new Error(
      `contains ${JSON.stringify(pair)}; add the foundation model of an application inference profile: ;model=<modelId>`,
    );
  }
  if (!isApplicationProfile && foundationModel !== undefined) {
    throw new Error(
      `contains ${JSON.stringify(pair)}; remove ;model=, which belongs to application inference profiles only`,
    );
  }
  return foundationModel === undefined ? { name, id } : { name, id, foundationModel };
}
