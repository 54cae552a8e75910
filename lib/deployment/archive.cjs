// Plugin of osls: writes the function's archive again, so that its bytes follow from its files alone.
const { readFileSync, writeFileSync } = require("node:fs");
const { resolve } = require("node:path");
const { unzipSync, zipSync } = require("fflate");

/**
 * A regular file that everybody may read. serverless-esbuild takes the modes of its own temporary files, which follow
 * the umask: under 077 it gives 0600, which deploys, and which Lambda cannot read.
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-package.html
 */
const attributes = { os: 3, attrs: 0o100644 << 16, mtime: new Date(1980, 0, 1), level: 9 };

/** Keeps the entries' names, order and contents. */
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
    // Listed after serverless-esbuild in serverless.yml, so that these come after its own.
    this.hooks = {
      "after:package:createDeploymentArtifacts": rewrite,
      "after:deploy:function:packageFunction": rewrite,
    };
  }
}

module.exports = Archive;
