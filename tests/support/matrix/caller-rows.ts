// One row of the matrix in tests/matrix/callers.test.ts: a caller's actions on a socket, the response, and the logged outcome.
import type { bareRequest, BareRequest } from "../callers/bare-caller.ts";
import type { ScriptedRow } from "./fault-rows.ts";
import { spokenSlowly } from "../servers/slow-model.ts";

export interface CallerRow extends ScriptedRow {
  /** The status of the response. Undefined if there is no response. */
  status: number | undefined;
  /** The outcome in the function's log record. Undefined if the function is not invoked. */
  outcome?: string;
  run(ask: Ask, url: string): Promise<string>;
}

export type Ask = (options?: Parameters<typeof bareRequest>[2], request?: object) => Promise<BareRequest>;

export const lastLine = `"type":"end"`;
export const completeRequest = ({ head, body }: BareRequest) => Buffer.concat([head, body]);
export const rest = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export function answered(fault: string, run: CallerRow["run"]): CallerRow {
  return { fault, becomes: "200 end", status: 200, outcome: "end", run, script: spokenSlowly };
}

export function rejected(fault: string, becomes: string, run: CallerRow["run"]): CallerRow {
  const status = Number(becomes.slice(0, 3)) || undefined;
  const [, outcome] = becomes.split(" ");
  return {
    fault,
    becomes,
    status,
    ...(status !== undefined && outcome && { outcome }),
    run,
    script: spokenSlowly,
  };
}
