// The upstream's process: a local Bedrock over plain HTTP, and over TLS with several simulated round-trip times.
import { once } from "node:events";
import { connect, type AddressInfo } from "node:net";
import { createServer } from "node:tls";
import { startBedrock } from "../../lib/local/bedrock/index.ts";
import type { Certificate } from "../../lib/local/certificate.ts";
import { startSlowLink } from "./slow-link.ts";
import { upstreamModel } from "./upstream-model.ts";

/** The URLs, which are sent to the parent process. */
export interface Upstreams {
  plain: string;
  /** The URLs over TLS, by round-trip time in milliseconds. */
  tls: Record<number, string>;
}

const roundTrips = [2, 10];

process.once("message", (certificate: Certificate) => {
  void start(certificate).then((upstreams) => process.send?.(upstreams));
});
// If the parent process is killed, it cannot end this one, which would then run forever.
process.once("disconnect", () => process.exit());

async function start({ key, certificate }: Certificate): Promise<Upstreams> {
  const bedrock = await startBedrock({ models: { "bench.model": upstreamModel } });
  // As at Bedrock's endpoint, a connection uses HTTP/2 if the client offers it, and otherwise HTTP/1.1.
  const server = createServer({ key, cert: certificate, ALPNProtocols: ["h2", "http/1.1"] }, (near) => {
    const far = connect({ port: bedrock.port, host: "127.0.0.1", noDelay: true });
    near.setNoDelay(true);
    near.pipe(far).pipe(near);
    near.on("error", () => far.destroy());
    far.on("error", () => near.destroy());
  });
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const tls: Record<number, string> = {};
  for (const milliseconds of roundTrips) {
    tls[milliseconds] = `https://127.0.0.1:${await startSlowLink(port, milliseconds)}`;
  }
  return { plain: bedrock.url, tls };
}
