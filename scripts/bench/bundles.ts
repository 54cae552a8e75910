// Bundles each contender as it would be deployed: one minified file in its own folder.
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type BuildOptions, type Plugin } from "esbuild";
import { contenders, type Contender } from "./contenders.ts";
import { hasPackage } from "../installation.js";
import { benchFolder } from "./packages.ts";
import { leanSdk } from "./lean-sdk.ts";

export interface ContenderBundle {
  contender: Contender;
  taskRoot: string;
  /** In Lambda's form: file and export. */
  handler: string;
  bytes: number;
}

type DeployedOptions = BuildOptions & { outputFileExtension: string; exclude: string[] };

const root = fileURLToPath(new URL("../..", import.meta.url));
const require = createRequire(import.meta.url);

/** The defaults of serverless-esbuild for nodejs24.x, and `minify`. */
const defaults: BuildOptions = { bundle: true, minify: true, platform: "node", target: "node24" };

/** The contenders whose packages are installed. */
export function availableContenders(names: string[] | undefined): Contender[] {
  return contenders.filter(
    ({ name, needs }) =>
      (names?.includes(name) ?? true) && needs.every((needed) => hasPackage(benchFolder, needed)),
  );
}

export async function bundleContender(contender: Contender, folder: string): Promise<ContenderBundle> {
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
  const { replace } = contender;
  if (replace && !(relative(root, replace.by) in metafile.inputs)) {
    throw new Error(
      `Cannot bundle ${contender.name}: nothing imports a file that matches ${replace.pattern}; ` +
        "correct the pattern in scripts/bench/contenders.ts",
    );
  }
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
