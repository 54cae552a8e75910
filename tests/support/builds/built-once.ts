// Gets a build from vitest's main process, for builds that take seconds and that several test files need.
import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { inject } from "vitest";
import type { BuildInput, BuildName, BuildResult } from "./builders.ts";

/** Resolves with the same build for all test files that give the same input in one run. Do not change the build's files. */
export async function builtOnce<Name extends BuildName>(
  name: Name,
  input: BuildInput<Name>,
): Promise<BuildResult<Name>> {
  const asking = request({ socketPath: join(inject("builds"), "socket"), method: "POST", agent: false });
  asking.end(JSON.stringify({ name, input }));
  const [response] = (await once(asking, "response")) as [IncomingMessage];
  const answer = JSON.parse(await text(response)) as { result: BuildResult<Name> } | { error: string };
  if ("error" in answer) throw new Error(answer.error);
  return answer.result;
}
