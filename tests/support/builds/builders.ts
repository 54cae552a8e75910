// Builds that several test files share: the handler's bundle, packagings of the service, and the npm package's tarball.
import { cp, mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createBundle, type BundleParts } from "../../../lib/local/bundle.ts";
import { readService } from "../../../lib/local/service-file.ts";
import { openService, type PackagedService, type Packaging } from "../deployment/packaged-service.ts";
import { packRepository, type Tarball } from "../processes/pack-repository.ts";

interface BundleInput extends BundleParts {
  handler?: string | undefined;
}

interface Builders {
  /** Builds a handler (default: the one in serverless.yml) as the local stack does. Resolves with the folder of the bundle. */
  bundle(input: BundleInput): Promise<string>;
  /** Packages the service with osls. Resolves with the folder of the templates and the archive. */
  packaging(packaging: Packaging): Promise<string>;
  /** Runs `npm run pack`. */
  tarball(input: Record<string, never>): Promise<Tarball>;
}

export type BuildName = keyof Builders;
export type BuildInput<Name extends BuildName> = Parameters<Builders[Name]>[0];
export type BuildResult<Name extends BuildName> = Awaited<ReturnType<Builders[Name]>>;
export interface BuildRequest<Name extends BuildName> {
  name: Name;
  input: BuildInput<Name>;
}

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** The builders write only to `folder`. */
export function createBuilders(folder: string): Builders {
  let service: Promise<PackagedService> | undefined;
  let last: Promise<unknown> = Promise.resolve();

  async function buildHandler(handler: string, parts: BundleParts): Promise<string> {
    const output = await mkdtemp(join(folder, "bundle-"));
    const bundle = await createBundle({ root, handler, ...parts });
    // Closing the bundle removes its own folder, so the code is copied first.
    await cp(await bundle.code(), output, { recursive: true });
    await bundle.close();
    return output;
  }

  async function packageService({ args = [], ...packaging }: Packaging): Promise<string> {
    service ??= openService(folder);
    const output = await mkdtemp(join(folder, "packaging-"));
    await (await service).package({ ...packaging, args: [...args, "--package", output] });
    return output;
  }

  return {
    bundle: async ({ handler, ...parts }) =>
      buildHandler(handler ?? (await readService(root)).handler, parts),
    packaging(packaging) {
      // Only one packaging at a time, because serverless-esbuild always builds into the same folder of the service.
      const packaged = last.then(() => packageService(packaging));
      last = packaged.catch(() => undefined);
      return packaged;
    },
    tarball: () => packRepository(folder),
  };
}
