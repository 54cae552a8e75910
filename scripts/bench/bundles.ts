// Bundles each contender as it would be deployed: one minified file in its own folder.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type BuildOptions } from "esbuild";
import type { BedrockClient } from "../../lib/local/bundle.ts";
import { contenders, type Contender } from "./contenders.ts";
import { hasPackage } from "../installation.js";
import { benchFolder } from "./packages.ts";

export interface ContenderBundle {
  contender: Contender;
  taskRoot: string;
  /** In Lambda's form: file and export. */
  handler: string;
  bytes: number;
}

type DeployedOptions = BuildOptions & { outputFileExtension: string; exclude: string[] };

const root = fileURLToPath(new URL("../..", import.meta.url));
const { optionsFor: deployed } = createRequire(import.meta.url)("../../lib/deployment/esbuild.cjs") as {
  optionsFor: Record<BedrockClient, DeployedOptions>;
};

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
  const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
  return { contender, taskRoot: dirname(file), handler: "handler.handler", bytes };
}

function optionsFor({ bundle, bedrockClient = "built-in" }: Contender): Partial<DeployedOptions> {
  return bundle === "defaults" ? defaults : deployed[bedrockClient];
}
