// Plugin for osls that rewrites the archives of the functions, so that the same files always become the same bytes.
const { readFileSync, writeFileSync } = require("node:fs");
const { resolve } = require("node:path");
const { unzipSync, zipSync } = require("fflate");

/**
 * Every entry is a regular file that everybody may read. serverless-esbuild copies the modes of its temporary files,
 * which depend on the umask: with 077, the archive would deploy, but Lambda could not read its files.
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-package.html
 */
const attributes = { os: 3, attrs: 0o100644 << 16, mtime: new Date(1980, 0, 1), level: 9 };

/** Writes the archive again with these attributes. Names, order and contents of its entries stay the same. */
function normalizeArchive(bytes) {
  const entries = Object.entries(unzipSync(bytes));
  return zipSync(Object.fromEntries(entries.map(([name, content]) => [name, [content, attributes]])));
}

class Archive {
  constructor(serverless) {
    const rewrite = () => {
      for (const name of serverless.service.getAllFunctions()) {
        const { artifact } = serverless.service.getFunction(name).package ?? {};
        if (artifact === undefined) continue;
        const file = resolve(serverless.config.serviceDir, artifact);
        writeFileSync(file, normalizeArchive(readFileSync(file)));
      }
    };
    // serverless.yml lists this plugin after serverless-esbuild, so these hooks run after those of serverless-esbuild.
    this.hooks = {
      "after:package:createDeploymentArtifacts": rewrite,
      "after:deploy:function:packageFunction": rewrite,
    };
  }
}

module.exports = Archive;
