// Builds the handler as `serverless package` does, and again whenever a source file has changed.
import { mkdir, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { context, type BuildOptions, type Metafile } from "esbuild";
import { FunctionFailed } from "./invocation.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";

export interface Bundle {
  /** Returns the folder to run from, after a rebuild if needed. Rejects with `FunctionFailed` if the code does not build. */
  code(): Promise<string>;
  close(): Promise<void>;
}

/**
 * Resolution of file times: a file's time is the kernel's last tick, which can be this long before the actual write.
 */
const tickMs = 10;

interface Build {
  taskRoot: string;
  /** The fingerprint of `taskRoot`: shows whether something has been removed from it. */
  output: string;
  inputs: string[];
  /** The fingerprint of the inputs. Undefined if a file was saved during the build, which may have missed the change. */
  fingerprint: string | undefined;
}

/** `handler` is relative to `root`, as in serverless.yml: `handlers/function-url.handler`. */
export async function createBundle(root: string, handler: string): Promise<Bundle> {
  const modulePath = handler.slice(0, handler.lastIndexOf("."));
  const folder = await createTemporaryFolder();
  const { outputFileExtension, ...options } = bundleOptions(root);
  const builder = await context({
    ...options,
    absWorkingDir: root,
    entryPoints: [`${modulePath}.ts`],
    outdir: folder.path,
    // Each build gets its own folder, so that running execution environments keep theirs.
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
function bundleOptions(root: string): BuildOptions & { outputFileExtension: string } {
  const configuration = createRequire(import.meta.url)(
    join(root, "lib/deployment/esbuild.cjs"),
  ) as () => BuildOptions & {
    outputFileExtension: string;
    exclude: string[];
  };
  const { exclude: _, ...options } = configuration();
  return options;
}

/** Leaves out packages, which do not change while the stack runs, and the virtual files of plugins (`builtins:node:http`). */
function ownInputs(root: string, { inputs }: Metafile): string[] {
  return Object.keys(inputs)
    .filter((input) => !/node_modules|^[a-z]{2,}:/.test(input))
    .map((input) => resolve(root, input));
}

/**
 * Reads each file's time and size once for both results: a file saved between two reads would count as built.
 * A missing file counts as the newest.
 */
async function inspect(files: string[]): Promise<{ fingerprint: string; newestMs: number }> {
  const found = await Promise.all(
    files.map((file) => stat(file).catch(() => ({ mtimeMs: Infinity, size: 0 }))),
  );
  return {
    // It contains every file's time, so it also changes when a file is replaced by an older one.
    fingerprint: found.map(({ mtimeMs, size }) => `${mtimeMs}:${size}`).join(),
    newestMs: Math.max(...found.map(({ mtimeMs }) => mtimeMs)),
  };
}
