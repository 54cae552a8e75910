// Starts the upstream, the local Bedrock that the contenders call, in its own process. So its CPU time is not counted as the
// benchmark's or a contender's.
import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { fileURLToPath, pathToFileURL } from "node:url";
import { makeCertificate } from "../../lib/local/certificate.ts";
import type { Upstreams } from "./upstream.ts";

export interface UpstreamProcess extends Upstreams {
  /** The certificate's path, for NODE_EXTRA_CA_CERTS. */
  certificateFile: string;
  /** The path of a file with Node's root certificates and this one, for SSL_CERT_FILE. */
  rootsFile: string;
  close(): void;
}

const startupMs = 30_000;
const typescript = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/**
 * Resolves when the upstream is listening. Writes two files into `folder`: one with only its certificate, and one that also
 * has Node's root certificates.
 */
export async function startUpstream(folder: string): Promise<UpstreamProcess> {
  const certificate = makeCertificate();
  const certificateFile = join(folder, "certificate.pem");
  await writeFile(certificateFile, certificate.certificate);
  const rootsFile = join(folder, "roots.pem");
  await writeFile(rootsFile, [...rootCertificates, certificate.certificate].join("\n"));
  const child = fork(fileURLToPath(new URL("upstream.ts", import.meta.url)), {
    execArgv: ["--import", typescript],
  });
  child.send(certificate);
  const [upstreams] = (await once(child, "message", { signal: AbortSignal.timeout(startupMs) })) as [
    Upstreams,
  ];
  return { ...upstreams, certificateFile, rootsFile, close: () => void child.kill() };
}
