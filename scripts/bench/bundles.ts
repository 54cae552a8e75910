// Builds each contender as it would be deployed: one minified file in a folder of its own.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type BuildOptions, type Plugin } from "esbuild";
import { contenders, type Contender } from "./contenders.ts";
import { leanSdk } from "./lean-sdk.ts";

export interface Bundle {
  contender: Contender;
  taskRoot: string;
  /** As Lambda wants it: `handler.handler`. */
  handler: string;
  bytes: number;
}

type DeployedOptions = BuildOptions & { outputFileExtension: string; exclude: string[] };

const root = fileURLToPath(new URL("../..", import.meta.url));
const require = createRequire(import.meta.url);

/** What serverless-esbuild does for nodejs24.x when nothing is configured, and `minify`. */
const defaults: BuildOptions = { bundle: true, minify: true, platform: "node", target: "node24" };

/** Those whose packages are there. */
export function availableContenders(names: string[] | undefined): Contender[] {
  const modules = fileURLToPath(new URL("node_modules/", import.meta.url));
  return contenders.filter(
    ({ name, needs }) =>
      (names?.includes(name) ?? true) && needs.every((needed) => existsSync(join(modules, needed))),
  );
}

export async function bundleContender(contender: Contender, folder: string): Promise<Bundle> {
  const { outputFileExtension = ".js", exclude: _, ...options } = optionsFor(contender);
  const taskRoot = join(folder, contender.name);
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
  return { contender, taskRoot: dirname(file), handler: "handler.handler", bytes };
}

function optionsFor({ bundle, replace }: Contender): Partial<DeployedOptions> {
  if (bundle === "defaults") return defaults;
  const deployed = (require("../../lib/deployment/esbuild.cjs") as () => DeployedOptions)();
  if (!replace) return deployed;
  const plugins = [replacement(replace), ...leanSdk.plugins, ...(deployed.plugins ?? [])];
  return { ...deployed, ...leanSdk, plugins };
}

function replacement({ pattern, by }: NonNullable<Contender["replace"]>): Plugin {
  return {
    name: "replacement",
    setup({ onResolve }) {
      onResolve({ filter: pattern }, () => ({ path: by }));
    },
  };
}
