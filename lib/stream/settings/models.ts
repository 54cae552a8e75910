// The list of models that may be called: one text, from which code, environment and IAM statements all come.

export interface Model {
  /** What callers say and what the answer's `start` line says. */
  name: string;
  /** What Bedrock is asked for: a model id, an inference profile's id, or an ARN. */
  id: string;
  /** The foundation model behind an application inference profile, whose ARN does not say it. */
  foundationModel?: string;
}

/**
 * Reads `name=modelId` pairs, separated by commas or white space; the first is the default. An application
 * inference profile also names its foundation model: `name=<arn>;model=<modelId>`.
 */
export function parseModels(text: string): [Model, ...Model[]] {
  const [first, ...rest] = text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(parseModel);
  if (first === undefined)
    throw new Error("The list of models is empty: give at least one name=modelId pair");
  const models: [Model, ...Model[]] = [first, ...rest];
  const names = new Set<string>();
  for (const { name } of models) {
    if (names.has(name)) throw new Error(`The list of models names ${JSON.stringify(name)} twice`);
    names.add(name);
  }
  return models;
}

/** By what callers may say: the list's name, or what Bedrock is asked for. */
export function findModel(models: readonly Model[], text: string): Model | undefined {
  return models.find(({ name, id }) => text === name || text === id);
}

/** For an error message: the whole of a short list, of a long one the names that are most like the text. */
export function listNames(models: readonly Model[], text: string): string {
  const nearest = models.toSorted((one, other) => likeness(other.name, text) - likeness(one.name, text));
  const names = nearest.slice(0, longestList).map(({ name }) => name);
  const others = models.length - names.length;
  return `${names.join(", ")}${others > 0 ? ` and ${others} more` : ""}`;
}

const longestList = 8;

/** How many characters both begin with; a part of the other is more like it than any beginning. */
function likeness(name: string, text: string): number {
  if (text !== "" && (name.includes(text) || text.includes(name))) return Number.MAX_SAFE_INTEGER;
  let length = 0;
  while (length < name.length && name[length] === text[length]) length++;
  return length;
}

function parseModel(pair: string): Model {
  const [, name, id, , foundationModel] = /^([\w.-]+)=([\w.:/-]+)(;model=([\w.:-]+))?$/.exec(pair) ?? [];
  if (name === undefined || id === undefined) {
    throw new Error(`${JSON.stringify(pair)} is no name=modelId pair`);
  }
  const isApplicationProfile = /:application-inference-profile\//.test(id);
  if (isApplicationProfile !== (foundationModel !== undefined)) {
    throw new Error(
      `${JSON.stringify(pair)}: an application inference profile, and nothing else, names its model with ;model=`,
    );
  }
  return foundationModel === undefined ? { name, id } : { name, id, foundationModel };
}
