// The answer store in the test's process, between the local Bedrock and the local DynamoDB, with readers in memory.
import { randomUUID } from "node:crypto";
import { writerFor } from "../../../lib/http/answer-writer.ts";
import { connectAnswerStore, type AnswerStore } from "../../../lib/answer-store/index.ts";
import { defaultPace, type Pace } from "../../../lib/answer-store/pace.ts";
import type { ScriptedModel } from "../../../lib/local/bedrock/script.ts";
import { startBedrock, type LocalBedrock } from "../../../lib/local/bedrock/start-bedrock.ts";
import { startDynamoDb, type LocalDynamoDb } from "../../../lib/local/dynamodb/index.ts";
import type { Format } from "../../../lib/stream/answer-format.ts";
import { connectBedrock } from "../../../lib/stream/bedrock/call-bedrock.ts";
import { ConverseError } from "../../../lib/stream/converse-error.ts";
import { checkRequest } from "../../../lib/stream/request/check-request.ts";
import { readConfiguration } from "../../../lib/stream/settings/configuration.ts";
import { withResolvers } from "../../../lib/shared/with-resolvers.ts";
import type { Outcome, Sink } from "../../../lib/stream/sink.ts";
import type { Recording } from "../../../lib/answer-store/answered.ts";
import { generousSeconds, waitFor } from "../deadline.ts";
import { startFaultyTable, type FaultyTable } from "./faulty-table.ts";

export interface Asked {
  key: string;
  prompt?: string;
  modelId?: string;
  fromLine?: number;
  owner?: string;
  format?: Format;
  /** Default: the service's store. Another store stands for another execution environment. */
  store?: AnswerStore;
  /** Milliseconds until the invocation's deadline. Default: never. */
  deadlineMs?: number;
  /** Milliseconds until a reader that takes no more bytes ends the answer. Default: never. */
  callerStallMs?: number;
}

/** The end of an answer, as the delivery sees it. */
export interface Ended {
  outcome?: Outcome;
  /** Set if the request failed before the first line. */
  error?: ConverseError;
  recording?: Recording | undefined;
  isResumed: boolean;
}

/** Reads an answer. A test can stop the reader from taking more bytes, or disconnect it. */
export class Reader implements Sink {
  text = "";
  takes = true;
  #watchers = new Set<() => void>();
  #onTaken = (_all: boolean): void => undefined;
  #onGone = (_error: ConverseError): void => undefined;
  #answer: Promise<Ended> | undefined;

  /**
   * Sets the answer that `ended` waits for. Some tests never wait for an answer that they have stopped. The answer's failure must
   * not reach a later test, so the time limit begins only when a test reads `ended`.
   */
  follow(answer: Promise<Ended>): this {
    answer.catch(() => undefined);
    this.#answer = answer;
    return this;
  }

  /** Resolves when the answer has ended and, if it is recorded, the last byte is in the table. */
  get ended(): Promise<Ended> {
    return waitFor("the end of the answer", this.#answer!);
  }

  open(): void {}

  write(bytes: Buffer): boolean {
    this.text += bytes.toString("latin1");
    for (const watch of this.#watchers) watch();
    return this.takes;
  }

  onTaken(listener: (all: boolean) => void): void {
    this.#onTaken = listener;
  }

  onGone(listener: (error: ConverseError) => void): void {
    this.#onGone = listener;
  }

  drain(): void {
    this.takes = true;
    this.#onTaken(true);
  }

  leave(): void {
    this.#onGone(new ConverseError("CallerGone", "Cannot finish the answer: the caller has left"));
  }

  get lines(): string[] {
    return this.text.split(/(?<=\n)/).filter((line) => line.endsWith("\n"));
  }

  /** The last line of NDJSON. */
  get last(): { type: string; error?: { name: string; requestId: string } } {
    return JSON.parse(this.lines.at(-1) ?? "{}") as Reader["last"];
  }

  until(label: string, condition: (reader: this) => boolean): Promise<void> {
    const { promise, resolve } = withResolvers<void>();
    const watch = (): void => {
      if (!condition(this)) return;
      this.#watchers.delete(watch);
      resolve();
    };
    this.#watchers.add(watch);
    watch();
    return waitFor(label, promise);
  }
}

export interface AnswerService {
  bedrock: LocalBedrock;
  dynamoDb: LocalDynamoDb;
  table: FaultyTable;
  store: AnswerStore;
  /** Connects another store to the same table, as another execution environment does. By default, `url` is that of `table`. */
  connect(pace?: Partial<Pace>, url?: string): AnswerStore;
  /** Starts reading an answer. */
  read(asked: Asked): Reader;
  /** Reads an answer to its end. */
  ask(asked: Asked): Promise<Ended & Pick<Reader, "text" | "lines" | "last">>;
  close(): Promise<void>;
}

export interface AnswerServiceOptions {
  models?: Record<string, ScriptedModel>;
  pace?: Partial<Pace>;
}

const region = "us-east-1";
const credentials = { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "example", sessionToken: "token" };
export const roleCredentials = credentials;
const variables = {
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_SESSION_TOKEN: credentials.sessionToken,
};
const never = generousSeconds * 1000;

/** No wait is given up, even on a slow machine. Regular steps happen often, so that tests are fast. */
const patientPace: Pace = {
  ...defaultPace,
  claimWait: never,
  attempt: never,
  behind: never,
  dead: never,
  unavailable: never,
  lastWrite: never,
  flush: 50,
  watch: 20,
  follow: 20,
};

export async function startAnswerService({
  models = {},
  pace: given,
}: AnswerServiceOptions = {}): Promise<AnswerService> {
  const bedrock = await startBedrock({ deltasPerSecond: Infinity, models });
  const dynamoDb = await startDynamoDb({
    region,
    credentials: (id) => (id === credentials.accessKeyId ? credentials : undefined),
  });
  const table = await startFaultyTable(() => dynamoDb.url);
  const names = [
    ...Object.keys(models),
    "local.story",
    "local.throttled",
    "local.mid-internal",
    "local.validation",
  ];
  const configuration = readConfiguration({
    DELTAPIPE_MODELS: names.map((name) => `${name}=${name}`).join(),
    DELTAPIPE_ANSWER_RETENTION_MINUTES: "5",
    DELTAPIPE_CALLER_STALL_SECONDS: String(generousSeconds),
  });
  const callBedrock = connectBedrock(configuration.times, {
    ...variables,
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock.url,
  });

  function connect(pace: Partial<Pace> = {}, url = table.url): AnswerStore {
    const own = { ...variables, AWS_ENDPOINT_URL_DYNAMODB: url, DELTAPIPE_ANSWER_TABLE: dynamoDb.table };
    return connectAnswerStore(configuration, own, { ...patientPace, ...given, ...pace })!;
  }
  const store = connect();

  async function answer(reader: Reader, asked: Asked): Promise<Ended> {
    const { key, fromLine = 0, owner = "iam:owner", format = "ndjson", deadlineMs = never } = asked;
    const { prompt = "x", modelId = names[0] } = asked;
    const startedAt = performance.now();
    const request = checkRequest(JSON.stringify({ prompt, modelId }), configuration);
    const own = asked.store ?? store;
    let isResumed = false;
    try {
      const { outcome, recorded } = await own.answer({
        key,
        fromLine,
        owner,
        request,
        connect: (signal) => callBedrock(request, signal),
        onResumed: () => (isResumed = true),
        options: {
          sink: reader,
          writer: writerFor(format),
          requestId: randomUUID(),
          model: request.model.name,
          times: { ...configuration.times, callerStall: asked.callerStallMs ?? never },
          startedAt,
          deadlineAt: startedAt + deadlineMs,
        },
      });
      return { outcome, recording: await recorded, isResumed };
    } catch (error) {
      if (!(error instanceof ConverseError)) throw error;
      await own.idle();
      return { error, isResumed };
    }
  }

  function read(asked: Asked): Reader {
    const reader = new Reader();
    return reader.follow(answer(reader, asked));
  }

  return {
    bedrock,
    dynamoDb,
    table,
    store,
    connect,
    read,
    async ask(asked) {
      const reader = read(asked);
      const ended = await reader.ended;
      return Object.assign(reader, ended);
    },
    async close() {
      await bedrock.close();
      await table.close();
      await dynamoDb.close();
    },
  };
}
