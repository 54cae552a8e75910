// Builds the handler as `serverless package` does, and builds it again when a source file has changed.
import { mkdir, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { context, type BuildOptions, type Metafile } from "esbuild";
import { FunctionFailed } from "./invocation.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";

export interface Bundle {
  /** Builds the code again if needed, and resolves with its folder. Rejects with `FunctionFailed` if the build fails. */
  code(): Promise<string>;
  close(): Promise<void>;
}

/**
 * The precision of file times. The kernel gives a file the time of the last clock tick, which can be this many milliseconds
 * before the actual write.
 */
const tickMs = 10;

/** The values of the parameter `bedrockClient`. */
export const bedrockClients = ["built-in", "sdk"] as const;

export type BedrockClient = (typeof bedrockClients)[number];

/** The parts of its bundles that a service can choose. */
export interface BundleParts {
  /** Default: `built-in`. */
  bedrockClient?: BedrockClient;
  /** Whether the service keeps answers. Default: false. */
  answerStore?: boolean;
}

export interface BundleOptions extends BundleParts {
  /** The folder of serverless.yml. */
  root: string;
  /** Relative to `root`, as in serverless.yml: `handlers/function-url.handler`. */
  handler: string;
}

type DeployedOptions = BuildOptions & { outputFileExtension: string };

interface Build {
  taskRoot: string;
  /** The fingerprint of `taskRoot`, which changes if something is removed from that folder. */
  output: string;
  inputs: string[];
  /** The fingerprint of the inputs. Undefined if a file was saved during the build, which may have missed the change. */
  fingerprint: string | undefined;
}

export async function createBundle({ root, handler, ...parts }: BundleOptions): Promise<Bundle> {
  const modulePath = handler.slice(0, handler.lastIndexOf("."));
  const folder = await createTemporaryFolder();
  const { outputFileExtension, ...options } = buildOptions(root, parts);
  const builder = await context({
    ...options,
    absWorkingDir: root,
    entryPoints: [`${modulePath}.ts`],
    outdir: folder.path,
    // esbuild must not write the files itself: each build gets a new folder, because execution environments that are
    // running still use the old one.
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  let last: Build | undefined;
  let builds = 0;
  let pending: Promise<Build> | undefined;

  async function current(): Promise<Build> {
    const before = await inspect(last?.inputs ?? []);
    const isCurrent =
      last !== undefined &&
      before.fingerprint === last.fingerprint &&
      (await inspect([last.taskRoot])).fingerprint === last.output;
    if (isCurrent) return last!;
    // Wait for the next tick, so that files saved during the build get a later time than files saved before it.
    const restMs = before.newestMs + tickMs - Date.now();
    if (restMs > 0) await sleep(Math.min(restMs, tickMs));
    const startedAt = Date.now() - tickMs;
    const { outputFiles, metafile } = await builder.rebuild();
    const inputs = ownInputs(root, metafile);
    const taskRoot = join(folder.path, String(++builds));
    const file = join(taskRoot, `${modulePath}${outputFileExtension}`);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, outputFiles[0]?.contents ?? "");
    const { fingerprint, newestMs } = await inspect(inputs);
    const { fingerprint: output } = await inspect([taskRoot]);
    return { taskRoot, output, inputs, fingerprint: newestMs <= startedAt ? fingerprint : undefined };
  }

  return {
    async code() {
      pending ??= current().finally(() => (pending = undefined));
      try {
        last = await pending;
        return last.taskRoot;
      } catch (error) {
        throw new FunctionFailed(`Cannot build the handler: ${(error as Error).message}`, { cause: error });
      }
    },
    async close() {
      await builder.dispose();
      await folder.remove();
    },
  };
}

/** The options in lib/deployment/esbuild.cjs, without the one that only serverless-esbuild understands. */
function buildOptions(
  root: string,
  { bedrockClient = "built-in", answerStore = false }: BundleParts,
): DeployedOptions {
  const { optionsFor } = createRequire(import.meta.url)(join(root, "lib/deployment/esbuild.cjs")) as {
    optionsFor: Record<BedrockClient, (answerStore: boolean) => DeployedOptions & { exclude: string[] }>;
  };
  const { exclude: _, ...options } = optionsFor[bedrockClient](answerStore);
  return options;
}

/** Leaves out packages, which do not change while the stack runs, and the virtual files of plugins (`builtins:node:http`). */
function ownInputs(root: string, { inputs }: Metafile): string[] {
  return Object.keys(inputs)
    .filter((input) => !/node_modules|^[a-z]{2,}:/.test(input))
    .map((input) => resolve(root, input));
}

/**
 * Computes the fingerprint and the newest time from one read of each file's time and size. With two reads, a file that is saved
 * between them would seem to be part of the build. A missing file counts as the newest.
 */
async function inspect(files: string[]): Promise<{ fingerprint: string; newestMs: number }> {
  const found = await Promise.all(
    files.map((file) => stat(file).catch(() => ({ mtimeMs: Infinity, size: 0 }))),
  );
  return {
    // The fingerprint has the time of every file, so it also changes when a file is replaced by an older one.
    fingerprint: found.map(({ mtimeMs, size }) => `${mtimeMs}:${size}`).join(),
    newestMs: Math.max(...found.map(({ mtimeMs }) => mtimeMs)),
  };
}
