// The models that the local Bedrock has: scripted models, and aliases, which are additional ids for scripted models.
import { lastSegment, modelIdForm } from "./model-id.ts";
import type { OwnAnswer } from "./own-answers/answer-form.ts";
import { errorResponse, type ScriptedModel } from "./script.ts";
import { scriptedModels } from "./scripted-models.ts";

/** The alias that answers requests for all unknown ids. */
const anyId = "*";

/**
 * The model behind an id that occurs only in the conditions of the user's own answers. Its script plays if none of these answers
 * fits the request.
 */
const ownAnswersOnly: ScriptedModel = {
  description: "your own answers",
  *script() {
    const message =
      "Cannot answer: none of your own answers for this model fits the request; " +
      "add an answer without conditions, or an alias for the model";
    yield { do: "respond", response: errorResponse(400, "ValidationException", { message }) };
  },
};

export interface ModelOptions {
  /** Additional models by id. */
  models?: Record<string, ScriptedModel>;
  /**
   * Additional ids for scripted models, such as `{ "amazon.nova-lite-v1:0": "local.story" }`. An alias is the id of a model or
   * an inference profile, or an ARN. `"*"` stands for all unknown ids.
   */
  aliases?: Record<string, string>;
  /**
   * Answers for requests that meet their conditions. They are tried in this order, before any scripted model. A model id that is
   * a condition of an answer is valid in requests. If an answer has no condition `modelId`, every model id is valid.
   */
  answers?: readonly OwnAnswer[];
}

export interface FoundModel {
  /** The scripted model's own id, even if it was found by an alias. */
  id: string;
  model: ScriptedModel;
}

export interface KnownModels {
  find(modelId: string): FoundModel | undefined;
  /** All ids, without `*`. The first one is the default model of the local stack. */
  ids: string[];
}

/**
 * Throws a RangeError if an alias is not a valid id, or if its scripted model does not exist. An alias cannot stand for
 * another alias.
 */
export function createKnownModels({ models: more, aliases = {}, answers = [] }: ModelOptions): KnownModels {
  const models = new Map(Object.entries({ ...scriptedModels, ...more }));
  const others = new Map(Object.entries(aliases));
  for (const [alias, id] of others) {
    if (alias !== anyId && !modelIdForm.test(alias)) {
      throw new RangeError(
        `Cannot use the alias "${alias}": it is not a valid model id; use an id, an ARN or *`,
      );
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
    // Inference profiles and models may also be called by an ARN, which ends with the id.
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
 * The models as a value for DELTAPIPE_MODELS. A name in this setting cannot contain a colon or a slash, so an id that contains
 * one gets a similar name without it. Callers may use the id or the name.
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
