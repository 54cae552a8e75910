// The scripted models, with a digest of the events that each answer sent.
import { createHash, type Hash } from "node:crypto";
import {
  scriptedModels,
  type ScriptedModel,
  type ScriptedRequest,
  type Step,
} from "../../lib/local/bedrock/index.ts";

export interface DigestedModels {
  models: Record<string, ScriptedModel>;
  /** Returns the digest of the answer to the prompt with this key, and forgets it. */
  take(key: string): string | undefined;
}

/** The last word of the prompt, if it is a key. */
function keyOf(prompt: string): string {
  return /key\d+$/.exec(prompt)?.[0] ?? "";
}

export function digestModels(): DigestedModels {
  const hashes = new Map<string, Hash>();

  function* record(model: ScriptedModel, request: ScriptedRequest): Generator<Step> {
    const key = keyOf(request.prompt);
    const hash = createHash("sha256");
    hashes.set(key, hash);
    let isSound = true;
    for (const step of model.script(request) as Iterable<Step>) {
      // Events after a fault never reach the caller.
      if (step.do !== "event" && step.do !== "pause" && step.do !== "accept") isSound = false;
      // The model may still be sending when a caller that disconnected takes the digest. The key is then gone, and the hash can
      // no longer be updated.
      if (step.do === "event" && isSound && hashes.has(key)) addEvent(hash, step.name, step.payload);
      yield step;
    }
  }

  const models = Object.entries(scriptedModels).map(([id, model]): [string, ScriptedModel] => [
    id,
    { ...model, script: (request) => record(model, request) },
  ]);
  return {
    models: Object.fromEntries(models),
    take(key) {
      const digest = hashes.get(key)?.digest("base64");
      hashes.delete(key);
      return digest;
    },
  };
}

/**
 * Also used for the events that a caller has received. Only these have padding, because the local Bedrock adds it later, so
 * the padding is left out.
 */
export function addEvent(hash: Hash, name: string, payload: object): void {
  const { p: _, ...rest } = payload as { p?: unknown };
  hash.update(`${name} ${JSON.stringify(rest)}\n`);
}
