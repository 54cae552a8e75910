// Vitest's global setup: makes builds that several test files need, once per run, in vitest's main process.
//
// A test file requests a build through a socket (`built-once.ts`). Nothing is built before a file requests it, so a single
// file runs without waiting for builds that it does not use.
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { TestProject } from "vitest/node";
import type { BedrockClient } from "../../../lib/local/bundle.ts";
import { createBuilders, type BuildName, type BuildRequest } from "./builders.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder of this run's builds. It also contains the socket through which test files request builds. */
    builds: string;
    /** Which Bedrock client is bundled into the functions when a test starts a stack. */
    bedrockClient: BedrockClient;
  }
}

export default async function serveBuilds(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "deltapipe-builds-"));
  let builders = createBuilders(folder);
  const builds = new Map<string, Promise<unknown>>();

  function build(key: string): Promise<unknown> {
    const { name, input } = JSON.parse(key) as BuildRequest<BuildName>;
    const started = builds.get(key) ?? builders[name](input as never);
    builds.set(key, started);
    return started;
  }

  const server = createServer(async (request, response) => {
    const answer = await text(request)
      .then(build)
      .then(
        (result) => ({ result }),
        (error: Error) => ({ error: error.message }),
      );
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(join(folder, "socket"), resolve));
  project.provide("builds", folder);
  // With --watch, vitest calls this after a source file has changed. The existing builds may contain the file's old content.
  project.onTestsRerun(() => {
    builders = createBuilders(folder);
    builds.clear();
  });

  return async () => {
    await Promise.allSettled(builds.values());
    server.close();
    await rm(folder, { recursive: true });
  };
}
