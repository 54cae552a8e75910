// Simulates a network path with a round-trip time in front of a server on this machine, for any protocol over TCP.
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** Resolves with the port to connect to. */
export async function startSlowLink(targetPort: number, roundTripMs: number): Promise<number> {
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: targetPort, host: "127.0.0.1", noDelay: true });
    // The kernel accepts the connection at once, so the round trip of connecting is added before the first byte.
    carry(near, far, { delayMs: roundTripMs / 2, firstDelayMs: roundTripMs });
    carry(far, near, { delayMs: roundTripMs / 2, firstDelayMs: 0 });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

function carry(
  from: Socket,
  to: Socket,
  { delayMs, firstDelayMs }: { delayMs: number; firstDelayMs: number },
) {
  const openAt = performance.now() + firstDelayMs;
  /** Delays the bytes in their order. A timer for each chunk would not do, because timers may fire in another order. */
  const queue: { at: number; send: () => void }[] = [];
  function later(send: () => void): void {
    const now = performance.now();
    const at = Math.max(now, openAt) + delayMs;
    if (delayMs === 0 && at <= now) return send();
    queue.push({ at, send });
    setTimeout(deliver, at - now);
  }
  function deliver(): void {
    // A timer may fire up to half a millisecond early.
    while (queue[0] && queue[0].at <= performance.now() + 0.5) queue.shift()?.send();
    if (queue[0]) setTimeout(deliver, Math.max(0, queue[0].at - performance.now()));
  }
  from.on("data", (bytes) => later(() => to.write(bytes)));
  from.on("end", () => later(() => to.end()));
  from.on("error", () => to.destroy());
  from.on("close", () => later(() => to.destroySoon()));
}
