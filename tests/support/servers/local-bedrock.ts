// Starts the local Bedrock for one test, and calls its models.
import type { IncomingMessage } from "node:http";
import { onTestFinished } from "vitest";
import type { ScriptedModel } from "../../../lib/local/bedrock/script.ts";
import {
  type BedrockOptions,
  type LocalBedrock,
  startBedrock,
} from "../../../lib/local/bedrock/start-bedrock.ts";
import { pathOf, postRequest, userSays } from "../callers/bedrock-client.ts";
import { waitFor } from "../deadline.ts";

/** Starts a local Bedrock that sends deltas without pauses. It is closed when the test has finished. */
export async function startTestBedrock(options: BedrockOptions = {}): Promise<LocalBedrock> {
  const bedrock = await startBedrock({ deltasPerSecond: Infinity, ...options });
  onTestFinished(() => waitFor("closing", bedrock.close()));
  return bedrock;
}

export function callModel({ url }: LocalBedrock, modelId: string, text = "hello"): Promise<IncomingMessage> {
  return postRequest(url + pathOf(modelId), userSays(text));
}

export function modelWith(script: ScriptedModel["script"]): ScriptedModel {
  return { description: "of a test", script };
}
