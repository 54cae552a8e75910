// The handler's bundle: built as `serverless package` builds it, and again when a source file has changed.
import { mkdir, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { context, type BuildOptions, type Metafile } from "esbuild";
import { FunctionFailed } from "./invocation.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";

export interface Bundle {
  /** The folder to run from, rebuilt first if need be. Rejects with `FunctionFailed` if the code does not build. */
  code(): Promise<string>;
  close(): Promise<void>;
}

/** A file's time is that of the kernel's last tick, up to so many milliseconds before it was written. */
const tickMs = 10;

interface Build {
  taskRoot: string;
  /** What `taskRoot` looked like: it changes where something is removed from it. */
  output: string;
  inputs: string[];
  /** What the inputs looked like; undefined if one was saved while the build ran, so that it may be old already. */
  state: string | undefined;
}

/** `handler` as serverless.yml writes it, relative to `root`. */
export async function createBundle(root: string, handler: string): Promise<Bundle> {
  const modulePath = handler.slice(0, handler.lastIndexOf("."));
  const folder = await createTemporaryFolder();
  const { outputFileExtension, ...options } = bundleOptions(root);
  const builder = await context({
    ...options,
    absWorkingDir: root,
    entryPoints: [`${modulePath}.ts`],
    outdir: folder.path,
    // Each build gets a folder of its own: environments that are running keep theirs.
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  let last: Build | undefined;
  let builds = 0;
  let pending: Promise<Build> | undefined;

  async function current(): Promise<Build> {
    const before = await look(last?.inputs ?? []);
    if (last && before.state === last.state && (await look([last.taskRoot])).state === last.output)
      return last;
    // What is saved while the build runs shall look younger than what was saved before it.
    const restMs = before.youngest + tickMs - Date.now();
    if (restMs > 0) await sleep(Math.min(restMs, tickMs));
    const startedAt = Date.now() - tickMs;
    const { outputFiles, metafile } = await builder.rebuild();
    const inputs = ownInputs(root, metafile);
    const taskRoot = join(folder.path, String(++builds));
    const file = join(taskRoot, `${modulePath}${outputFileExtension}`);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, outputFiles[0]?.contents ?? "");
    const { state, youngest } = await look(inputs);
    const { state: output } = await look([taskRoot]);
    return { taskRoot, output, inputs, state: youngest <= startedAt ? state : undefined };
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
      await folder.remove();
    },
  };
}

/** What lib/deployment/esbuild.cjs says, less what only serverless-esbuild understands. */
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

/** Packages do not change while a service runs; and what a plugin makes up (`builtins:node:http`) is no file. */
function ownInputs(root: string, { inputs }: Metafile): string[] {
  return Object.keys(inputs)
    .filter((input) => !/node_modules|^[a-z]{2,}:/.test(input))
    .map((input) => resolve(root, input));
}

/** Both from one look: what is saved between two would be taken for built. A file that is gone is the youngest. */
async function look(files: string[]): Promise<{ state: string; youngest: number }> {
  const found = await Promise.all(
    files.map((file) => stat(file).catch(() => ({ mtimeMs: Infinity, size: 0 }))),
  );
  return {
    // Changes also when a file is replaced by an older one.
    state: found.map(({ mtimeMs, size }) => `${mtimeMs}:${size}`).join(),
    youngest: Math.max(...found.map(({ mtimeMs }) => mtimeMs)),
  };
}
