// Builds each contender as it would be deployed, in its own folder: one minified file, or the binary of a custom runtime.
import { copyFile, mkdir, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type BuildOptions } from "esbuild";
import type { BedrockClient } from "../../lib/local/bundle.ts";
import type { Contender, JavaScriptContender, RustContender } from "./contenders.ts";
import { hasPackage } from "../installation.js";
import { benchFolder } from "./packages.ts";
import { buildRust } from "./rust-binaries.ts";

export interface ContenderBundle {
  contender: Contender;
  taskRoot: string;
  /** In Lambda's form: file and export. */
  handler: string;
  /** The custom runtime's program. Undefined: AWS's runtime client runs the handler. */
  bootstrap?: string;
  bytes: number;
}

type DeployedOptions = BuildOptions & { outputFileExtension: string; exclude: string[] };

const root = fileURLToPath(new URL("../..", import.meta.url));
const { optionsFor: deployed } = createRequire(import.meta.url)("../../lib/deployment/esbuild.cjs") as {
  optionsFor: Record<BedrockClient, (answerStore: boolean) => DeployedOptions>;
};

/** The defaults of serverless-esbuild for nodejs24.x, and `minify`. */
const defaults: BuildOptions = { bundle: true, minify: true, platform: "node", target: "node24" };

interface BundleTools {
  folder: string;
  nodeExecutable: string;
  /** The command that builds Rust. */
  cargo: string;
}

/** Resolves when the contender can be run from a folder in `folder`. Rejects if a package or a tool that it needs is missing. */
export async function bundleContender(
  contender: Contender,
  { folder, nodeExecutable, cargo }: BundleTools,
): Promise<ContenderBundle> {
  const taskRoot = join(folder, contender.name);
  if ("crate" in contender) return bundleRust(contender, taskRoot, cargo);
  const bundle = await bundleJavaScript(contender, taskRoot);
  return contender.runtime === undefined ? bundle : addRuntime(bundle, contender.runtime, nodeExecutable);
}

/** Adds a custom runtime in JavaScript. Its size is that of the runtime and of Node, which would be deployed with it. */
async function addRuntime(
  bundle: ContenderBundle,
  runtime: string,
  nodeExecutable: string,
): Promise<ContenderBundle> {
  const { taskRoot } = bundle;
  const file = join(taskRoot, "runtime.mjs");
  const { outputFileExtension: _, exclude: __, ...options } = deployed["built-in"](false);
  await build({ ...options, absWorkingDir: root, entryPoints: [runtime], outfile: file, logLevel: "silent" });
  const bootstrap = join(taskRoot, "bootstrap");
  await writeFile(bootstrap, `#!/bin/sh\nexec '${nodeExecutable}' '${file}'\n`, { mode: 0o755 });
  const [runtimeFile, node] = await Promise.all([stat(file), stat(nodeExecutable)]);
  return { ...bundle, bootstrap, bytes: bundle.bytes + runtimeFile.size + node.size };
}

async function bundleRust(
  contender: RustContender,
  taskRoot: string,
  cargo: string,
): Promise<ContenderBundle> {
  const built = await buildRust(contender.crate, cargo);
  const bootstrap = join(taskRoot, "bootstrap");
  await mkdir(taskRoot, { recursive: true });
  await copyFile(built, bootstrap);
  const { size } = await stat(bootstrap);
  return { contender, taskRoot, handler: "bootstrap", bootstrap, bytes: size };
}

/** Resolves with the bundle in the folder `taskRoot`. */
export async function bundleJavaScript(
  contender: JavaScriptContender,
  taskRoot: string,
): Promise<ContenderBundle> {
  const missing = contender.needs.filter((needed) => !hasPackage(benchFolder, needed));
  if (missing.length > 0)
    throw new Error(
      `Cannot bundle ${contender.name}: found no package ${missing.join(", ")}; run npm ci in scripts/bench`,
    );
  const { outputFileExtension = ".js", exclude: _, ...options } = optionsFor(contender);
  const file = join(taskRoot, `handler${outputFileExtension}`);
  const { metafile } = await build({
    ...options,
    absWorkingDir: root,
    entryPoints: [contender.entry],
    outfile: file,
    metafile: true,
    logLevel: "silent",
  });
  const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
  return { contender, taskRoot, handler: "handler.handler", bytes };
}

function optionsFor({
  bundle,
  bedrockClient = "built-in",
  answerStore = false,
}: JavaScriptContender): Partial<DeployedOptions> {
  return bundle === "defaults" ? defaults : deployed[bedrockClient](answerStore);
}
