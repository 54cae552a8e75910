// The scripted models, with a digest of the events that each answer was made of.
import { createHash, type Hash } from "node:crypto";
import {
  scriptedModels,
  type ScriptedModel,
  type ScriptedRequest,
  type Step,
} from "../../lib/local/bedrock/index.ts";

export interface Played {
  models: Record<string, ScriptedModel>;
  /** The digest of what was sent to whoever gave this key in the prompt; it is given once. */
  take(key: string): string | undefined;
}

/** The prompt's last word, if it looks like one. */
function keyOf(prompt: string): string {
  return /key\d+$/.exec(prompt)?.[0] ?? "";
}

export function recordPlayed(): Played {
  const hashes = new Map<string, Hash>();

  function* record(model: ScriptedModel, request: ScriptedRequest): Generator<Step> {
    const key = keyOf(request.prompt);
    const hash = createHash("sha256");
    hashes.set(key, hash);
    let isSound = true;
    for (const step of model.script(request) as Iterable<Step>) {
      // What follows a fault is never to arrive.
      if (step.do !== "event" && step.do !== "pause" && step.do !== "accept") isSound = false;
      // Whoever has taken the digest has left.
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

/** Without the padding, which is random and comes later. */
export function addEvent(hash: Hash, name: string, payload: object): void {
  const { p: _, ...rest } = payload as { p?: unknown };
  hash.update(`${name} ${JSON.stringify(rest)}\n`);
}
