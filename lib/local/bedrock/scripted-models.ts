// All scripted models by id. The first one, `local.story`, is the local stack's default model.
import { echo, flood, slow, thinking, tool, unknown } from "./scripted-answers.ts";
import { faultModels } from "./scripted-faults.ts";
import { errorModels } from "./scripted-errors.ts";
import { story } from "./scripted-story.ts";
import type { ScriptedModel } from "./script.ts";

export const scriptedModels: Record<string, ScriptedModel> = {
  "local.story": { description: "a short story about the prompt's subject", script: story },
  "local.echo": {
    description: "the last user text, in pieces of irregular sizes, at full speed",
    script: echo,
  },
  "local.thinking": {
    description: "reasoning, its signature, a redacted block, then text",
    script: thinking,
  },
  "local.tool": { description: "a tool request, with its input in JSON fragments", script: tool },
  "local.flood": { description: "as many deltas as the number in the prompt, at full speed", script: flood },
  "local.slow": { description: "a long silence, then a short answer", script: slow },
  "local.unknown": { description: "events and members that do not exist yet", script: unknown },
  ...errorModels,
  ...faultModels,
};
