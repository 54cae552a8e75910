// The handler's bundle: built as `serverless package` builds it, and again when a source file has changed.
import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { context, type BuildOptions, type Metafile } from "esbuild";
import { FunctionFailed } from "./invocation.ts";

export interface Bundle {
  /** The folder to run from, rebuilt first if need be. Rejects with `FunctionFailed` if the code does not build. */
  code(): Promise<string>;
  close(): Promise<void>;
}

interface Build {
  taskRoot: string;
  inputs: string[];
  /** The youngest input's, when the build began. */
  modifiedAt: number;
}

/** `handler` as serverless.yml writes it, relative to `root`. */
export async function createBundle(root: string, handler: string): Promise<Bundle> {
  const modulePath = handler.slice(0, handler.lastIndexOf("."));
  const folder = await mkdtemp(join(tmpdir(), "deltapipe-"));
  const { outputFileExtension, ...options } = bundleOptions(root);
  const builder = await context({
    ...options,
    absWorkingDir: root,
    entryPoints: [`${modulePath}.ts`],
    outdir: folder,
    // Each build gets a folder of its own: environments that are running keep theirs.
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  let last: Build | undefined;
  let builds = 0;
  let pending: Promise<Build> | undefined;

  async function current(): Promise<Build> {
    if (last && (await youngest(last.inputs)) === last.modifiedAt) return last;
    const { outputFiles, metafile } = await builder.rebuild();
    const inputs = ownInputs(root, metafile);
    const taskRoot = join(folder, String(++builds));
    const file = join(taskRoot, `${modulePath}${outputFileExtension}`);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, outputFiles[0]?.contents ?? "");
    return { taskRoot, inputs, modifiedAt: await youngest(inputs) };
  }

  return {
    async code() {
      pending ??= current().finally(() => (pending = undefined));
      try {
        last = await pending;
        return last.taskRoot;
      } catch (error) {
        throw new FunctionFailed(`The handler does not build: ${(error as Error).message}`, { cause: error });
      }
    },
    async close() {
      await builder.dispose();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What scripts/esbuild.cjs says, less what only serverless-esbuild understands. */
function bundleOptions(root: string): BuildOptions & { outputFileExtension: string } {
  const configuration = createRequire(import.meta.url)(
    join(root, "scripts/esbuild.cjs"),
  ) as () => BuildOptions & {
    outputFileExtension: string;
    exclude: string[];
  };
  const { exclude: _, ...options } = configuration();
  return options;
}

/** Packages do not change while a service runs; and what a plugin makes up (`builtins:node:http`) is no file. */
function ownInputs(root: string, { inputs }: Metafile): string[] {
  return Object.keys(inputs)
    .filter((input) => !/node_modules|^[a-z]{2,}:/.test(input))
    .map((input) => resolve(root, input));
}

async function youngest(files: string[]): Promise<number> {
  // A file that is gone makes a build that tells so.
  const times = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ mtimeMs }) => mtimeMs,
        () => NaN,
      ),
    ),
  );
  return Math.max(...times);
}
