// The models that the local Bedrock has: scripted ones, and aliases, which are other ids for them.
import { lastSegment, modelIdForm } from "./model-id.ts";
import type { OwnAnswer } from "./own-answers/answer-form.ts";
import { errorResponse, type ScriptedModel } from "./script.ts";
import { scriptedModels } from "./scripted-models.ts";

/** The alias for every id that is not known otherwise. */
const anyId = "*";

/** A model that has own answers only, when none of them fits. */
const ownAnswersOnly: ScriptedModel = {
  description: "own answers",
  *script() {
    const message =
      "Cannot answer: the local Bedrock has own answers for this model, and none fits this request; " +
      "add one without conditions, or an alias for the model";
    yield { do: "respond", response: errorResponse(400, "ValidationException", { message }) };
  },
};

export interface ModelOptions {
  /** Additional models by id. */
  models?: Record<string, ScriptedModel>;
  /**
   * Other ids for scripted models, such as `{ "amazon.nova-lite-v1:0": "local.story" }`: a model's id, an inference
   * profile's, or an ARN. `"*"` stands for all unknown ids.
   */
  aliases?: Record<string, string>;
  /**
   * Answers for requests that meet their conditions, tried in this order before any scripted model. A model that one of them
   * names exists; with one that names no model, every model exists.
   */
  answers?: readonly OwnAnswer[];
}

export interface FoundModel {
  /** The scripted model's own id, which differs from that of an alias. */
  id: string;
  model: ScriptedModel;
}

export interface KnownModels {
  find(modelId: string): FoundModel | undefined;
  /** All ids, without `*`. The first one is the default of the local stack. */
  ids: string[];
}

/** Throws a RangeError for an alias that is no id, or whose model does not exist. No alias stands for another alias. */
export function createKnownModels({ models: more, aliases = {}, answers = [] }: ModelOptions): KnownModels {
  const models = new Map(Object.entries({ ...scriptedModels, ...more }));
  const others = new Map(Object.entries(aliases));
  for (const [alias, id] of others) {
    if (alias !== anyId && !modelIdForm.test(alias)) {
      throw new RangeError(`Cannot use the alias "${alias}": it is no model's id; use an id, an ARN or *`);
    }
    if (models.has(id)) continue;
    throw new RangeError(
      `Cannot make "${alias}" stand for "${id}": there is no such model; choose from ${[...models.keys()].join(", ")}`,
    );
  }

  const otherwise = others.get(anyId);
  for (const { when } of answers) {
    const id = when?.modelId;
    if (id === undefined || models.has(id) || others.has(id)) continue;
    if (otherwise === undefined) models.set(id, ownAnswersOnly);
    else others.set(id, otherwise);
  }
  const answersAnyModel = answers.some(({ when }) => when?.modelId === undefined);

  function find(modelId: string): FoundModel | undefined {
    // Inference profiles are called by their ARN, which ends with the model's id.
    const last = lastSegment(modelId);
    const known = [modelId, last].map((each) => others.get(each) ?? each).find((each) => models.has(each));
    const id = known ?? otherwise;
    if (id !== undefined) return { id, model: models.get(id)! };
    return answersAnyModel ? { id: last, model: ownAnswersOnly } : undefined;
  }

  const named = [...others.keys()].filter((alias) => alias !== anyId);
  return { find, ids: [...new Set([...models.keys(), ...named])] };
}

/**
 * The models as a value of DELTAPIPE_MODELS. An id that cannot be a name there, because it has a colon or a slash, gets
 * a similar name, and callers may use either.
 */
export function modelsSetting(options: ModelOptions = {}): string {
  const known = createKnownModels(options);
  const names = new Set<string>();
  const pairs = known.ids.map((id) => {
    const wanted = id.slice(id.lastIndexOf("/") + 1).replaceAll(/[^\w.-]/g, "-");
    let name = wanted;
    for (let count = 2; names.has(name); count++) name = `${wanted}-${count}`;
    names.add(name);
    const isApplicationProfile = id.includes(":application-inference-profile/");
    return `${name}=${id}${isApplicationProfile ? `;model=${lastSegment(known.find(id)!.id)}` : ""}`;
  });
  return pairs.join(",");
}
