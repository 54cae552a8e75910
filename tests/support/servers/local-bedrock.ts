// Starts the local Bedrock for one test, and calls its models.
import type { IncomingMessage } from "node:http";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { ScriptedModel } from "../../../lib/local/bedrock/script.ts";
import {
  type BedrockOptions,
  type LocalBedrock,
  startBedrock,
} from "../../../lib/local/bedrock/start-bedrock.ts";
import { createTemporaryFolder } from "../../../lib/local/temporary-folder.ts";
import { pathOf, postRequest, userSays } from "../callers/bedrock-client.ts";
import { waitFor } from "../deadline.ts";

/** Starts a local Bedrock that sends deltas without pauses. It is closed when the test has finished. */
export async function startTestBedrock(options: BedrockOptions = {}): Promise<LocalBedrock> {
  const bedrock = await startBedrock({ deltasPerSecond: Infinity, ...options });
  onTestFinished(() => waitFor("closing", bedrock.close()));
  return bedrock;
}

/** Writes a file for the option --answers. Resolves with its path. The file is removed when the test has finished. */
export async function writeAnswers(text: string): Promise<string> {
  const folder = await createTemporaryFolder();
  onTestFinished(() => folder.remove());
  const file = join(folder.path, "answers.json");
  await writeFile(file, text);
  return file;
}

export function callModel({ url }: LocalBedrock, modelId: string, text = "hello"): Promise<IncomingMessage> {
  return postRequest(url + pathOf(modelId), userSays(text));
}

export function modelWith(script: ScriptedModel["script"]): ScriptedModel {
  return { description: "a model of a test", script };
}
