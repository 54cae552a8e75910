// The cases: calls of the client that run inside each runtime. They use only web standards, because browsers and Workers run
// them too.
import type * as Deltapipe from "../../lib/client/index.ts";

/**
 * The npm package. The script of each runtime imports it and passes it to `runCases`, because runtimes need different entries of
 * the package.
 */
export type Package = Pick<typeof Deltapipe, "createClient">;

/** The environment of the cases. Addresses end with "/". */
export interface Setting {
  /** The case service. */
  base: string;
  /** An address at which nothing listens. */
  refused: string;
  /** The length of the sample answer in bytes. */
  sampleLength: number;
}

/** The outcome of each case, as JSON. `expected-outcomes.ts` uses the same names. */
export type Outcomes = Record<string, unknown>;

/** The longest time for one case. After it, the case counts as hung. */
const patienceMs = 45_000;

/** Runs all cases one after the other. A case that hangs has the outcome "hung". */
export async function runCases(deltapipe: Package, setting: Setting): Promise<Outcomes> {
  const outcomes: Outcomes = {};
  for (const [name, run] of Object.entries(casesWith(deltapipe, setting))) {
    const ran = run().catch((error: unknown) => ({ failed: String(error) }));
    outcomes[name] = await Promise.race([ran, later(patienceMs).then(() => "hung")]);
  }
  return outcomes;
}

function casesWith(
  { createClient }: Package,
  { base, refused, sampleLength }: Setting,
): Record<string, () => Promise<unknown>> {
  function ask(
    name: string,
    { prompt = "", signal, ...options }: Partial<Deltapipe.ClientOptions> & Asked = {},
  ): Deltapipe.ConverseStream {
    const client = createClient({
      url: base + name,
      region: "eu-west-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
      retry: { limit: 0 },
      ...options,
    });
    return client.converse({ prompt }, { signal });
  }

  async function seen(name: string): Promise<{ requests: number; closed: boolean; written: number }> {
    const response = await fetch(`${base}seen?${name}`);
    return (await response.json()) as { requests: number; closed: boolean; written: number };
  }

  /** Whether the service sees within five seconds that the connection was closed. */
  async function isClosed(name: string): Promise<boolean> {
    for (let attempt = 0; attempt < 50; attempt += 1) {
      if ((await seen(name)).closed) return true;
      await later(100);
    }
    return false;
  }

  async function untilRequested(name: string): Promise<void> {
    while ((await seen(name)).requests === 0) await later(20);
  }

  /** Whether the service stops writing within ten seconds, because the buffers of the runtime and of both sockets are full. */
  async function standsStill(): Promise<boolean> {
    let before = -1;
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const { written } = await seen("flood");
      if (written === before) return written < 128 * 1024 * 1024;
      before = written;
      await later(500);
    }
    return false;
  }

  async function readTexts(answer: Deltapipe.ConverseStream): Promise<string> {
    let text = "";
    for await (const piece of answer.textStream()) text += piece;
    return text;
  }

  return {
    async "a whole answer"() {
      const answer = ask("whole");
      const text = await readTexts(answer);
      const { content, stopReason } = await answer.result();
      return { text, stopReason, content };
    },

    async "an answer byte by byte"() {
      const { content, stopReason } = await ask("bytewise").result();
      return { stopReason, content };
    },

    async "an answer that is cut at every 13th byte"() {
      const wrong: unknown[] = [];
      let count = 0;
      for (let length = 0; length < sampleLength; length += 13) {
        for (const isReset of [true, false]) {
          const answer = ask("cut", { prompt: JSON.stringify([length, isReset]) });
          const outcome = await outcomeOf(answer.result());
          count += 1;
          if (outcome.error !== "StreamCutError") wrong.push({ length, isReset, ...outcome });
        }
      }
      return { wrong, some: count > 50 };
    },

    async "an answer that a proxy cuts to its content-length"() {
      return outcomeOf(ask("cut-to-length").result());
    },

    async "an error line"() {
      return outcomeOf(ask("error-line").result());
    },

    async "an error response with each status"() {
      const outcomes: Record<string, string> = {};
      for (const status of [400, 403, 404, 405, 413, 424, 429, 500, 502, 503, 504]) {
        const {
          error,
          code,
          retryAfterMs = "",
        } = await outcomeOf(ask("status", { prompt: String(status) }).result());
        outcomes[status] = `${error} ${code} ${retryAfterMs}`.trim();
      }
      return outcomes;
    },

    async "a redirect"() {
      return (await outcomeOf(ask("redirect").result())).error;
    },

    async "an error response from AWS in front of the service"() {
      const outcomes: Record<string, string> = {};
      for (const status of [403, 429, 502]) {
        const answer = ask("not-from-the-service", { prompt: String(status) });
        const { error, code, requestId } = await outcomeOf(answer.result());
        outcomes[status] = `${error} ${code} ${requestId}`;
      }
      return outcomes;
    },

    async "a retry of a busy service"() {
      const { stopReason } = await ask("busy-once", { retry: { baseDelay: 1 } }).result();
      return { stopReason, requests: (await seen("busy-once")).requests };
    },

    async "a refused connection"() {
      return (await outcomeOf(ask("", { url: refused }).result())).error;
    },

    async "an abort before the request"() {
      const { error, requests } = {
        ...(await outcomeOf(ask("never-answers-1", { signal: AbortSignal.abort() }).result())),
        ...(await seen("never-answers-1")),
      };
      return { error, requests };
    },

    async "an abort while the service is silent"() {
      const control = new AbortController();
      const result = outcomeOf(ask("never-answers-2", { signal: control.signal }).result());
      await untilRequested("never-answers-2");
      control.abort();
      return { error: (await result).error, closed: await isClosed("never-answers-2") };
    },

    async "an abort in the stream"() {
      const control = new AbortController();
      const answer = ask("endless-1", { signal: control.signal });
      const texts: string[] = [];
      const loop = (async () => {
        for await (const text of answer.textStream()) {
          texts.push(text);
          control.abort();
        }
      })();
      const { error } = await outcomeOf(loop);
      const { partialText } = await outcomeOf(answer.result());
      return { error, texts, partialText, closed: await isClosed("endless-1") };
    },

    async "an abort by a timer while the client waits"() {
      const answer = ask("endless-2", { signal: AbortSignal.timeout(500) });
      const { error, partialText } = await outcomeOf(answer.result());
      return { error, partialText, closed: await isClosed("endless-2") };
    },

    async "an abort after the end"() {
      const control = new AbortController();
      const answer = ask("whole", { signal: control.signal });
      await answer.result();
      control.abort();
      return (await answer.result()).stopReason;
    },

    async "a loop that ends early"() {
      const answer = ask("endless-3");
      for await (const _ of answer) break;
      const { error } = await outcomeOf(answer.result());
      return { error, closed: await isClosed("endless-3") };
    },

    async "a body that stays open after the last line"() {
      const { stopReason } = await ask("no-end-of-body").result();
      return { stopReason, closed: await isClosed("no-end-of-body") };
    },

    async "a reader who pauses for longer than idleTimeout"() {
      let deltas = 0;
      let isHeldBack = false;
      for await (const event of ask("flood", { idleTimeout: 1000 })) {
        if (event.type === "contentBlockDelta") deltas += 1;
        if (deltas === 1) {
          await later(1500);
          isHeldBack = await standsStill();
        }
        if (deltas === 30_000) break;
      }
      return { deltas, isHeldBack, closed: await isClosed("flood") };
    },

    async "pings within idleTimeout"() {
      return (await ask("pings", { idleTimeout: 1500 }).result()).stopReason;
    },

    async "silence before the first byte"() {
      const { error, message } = await outcomeOf(ask("never-answers-3", { firstByteTimeout: 500 }).result());
      return {
        error,
        isNamed: message?.includes("firstByteTimeout"),
        closed: await isClosed("never-answers-3"),
      };
    },

    async "silence in the stream"() {
      const answer = ask("endless-4", { idleTimeout: 1000 });
      const { error, message, partialText } = await outcomeOf(answer.result());
      const isNamed = message?.includes("idleTimeout");
      return { error, isNamed, partialText, closed: await isClosed("endless-4") };
    },

    async "a proxy that compresses"() {
      return outcomeOf(ask("gzip").result());
    },

    async "a proxy that compresses without saying so"() {
      return outcomeOf(ask("gzip-unsaid").result());
    },
  };
}

interface Asked {
  prompt?: string;
  signal?: AbortSignal;
}

interface Outcome {
  /** The error's name, or "none". */
  error: string;
  code?: string | undefined;
  message?: string;
  requestId?: string | undefined;
  retryAfterMs?: number;
  /** The text in the error's `partial`. */
  partialText?: string;
}

/**
 * Resolves with the members of a failed promise's error. The member `message` is not enumerable, so that it is not in the JSON of
 * the outcomes: its wording can differ between runtimes.
 */
async function outcomeOf(promise: Promise<unknown>): Promise<Outcome> {
  try {
    await promise;
    return { error: "none" };
  } catch (error) {
    const { name, code, message, requestId, retryAfterMs, partial } = error as Error & {
      code?: string;
      requestId?: string;
      retryAfterMs?: number;
      partial?: Deltapipe.Message;
    };
    const partialText = partial?.content.map(({ text }) => text ?? "").join("");
    const outcome = { error: name, code, requestId, retryAfterMs, partialText };
    const given = Object.fromEntries(Object.entries(outcome).filter(([, value]) => value !== undefined));
    return Object.defineProperty(given, "message", { value: message }) as unknown as Outcome;
  }
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
