// The scripted models of the local Bedrock. Each records the events of its last answer, so that a test can compare them with the
// events that a client reads.
import { scriptedModels } from "../../../lib/local/bedrock/scripted-models.ts";
import type { ScriptedModel, Step } from "../../../lib/local/bedrock/script.ts";
import type { Json } from "../../../lib/wire.ts";

export type SdkEvent = { [event: string]: Json };

export interface SampleModels {
  models: Record<string, ScriptedModel>;
  /** The events of the model's last answer in the SDKs' form: `{name: payload}`. */
  eventsOf(modelId: string): SdkEvent[];
}

export function playSampleModels(): SampleModels {
  const steps = new Map<string, Step[]>();
  const models = Object.entries(scriptedModels).map(([modelId, model]): [string, ScriptedModel] => [
    modelId,
    {
      ...model,
      async *script(request) {
        const played: Step[] = [];
        steps.set(modelId, played);
        for await (const step of model.script(request)) {
          played.push(step);
          yield step;
        }
      },
    },
  ]);
  return {
    models: Object.fromEntries(models),
    eventsOf: (modelId) =>
      (steps.get(modelId) ?? []).flatMap((step) =>
        step.do === "event" ? [{ [step.name]: step.payload }] : [],
      ),
  };
}
