// Rows in which Bedrock stops sending before, between or within frames.
import { pause, type Step } from "../../../lib/local/bedrock/script.ts";
import { sampleAnswer } from "../../support/frames/aws-frames.ts";
import { anotherDelta, begun } from "../../support/frames/begun-answer.ts";
import type { ScriptedRow } from "../../support/matrix/fault-rows.ts";

const hang: Step = { do: "hang" };

/** Makes a row in which Bedrock sends the steps and then nothing more, and keeps the connection open. */
export function silent(fault: string, becomes: string, ...steps: Step[]): ScriptedRow {
  return { fault, becomes, script: () => [...steps, hang] };
}

export const silenceRows: ScriptedRow[] = [
  silent("before its status", "504 UpstreamTimeout"),
  {
    ...silent("before the first frame", "200 UpstreamTimeout", { do: "accept" }),
    lines: ["start", "error"],
  },
  {
    ...silent("within the first frame", "200 UpstreamTimeout", {
      do: "bytes",
      bytes: anotherDelta.subarray(0, 40),
    }),
    lines: ["start", "error"],
  },
  silent("between frames", "200 UpstreamTimeout", ...begun),
  silent("within a frame", "200 UpstreamTimeout", ...begun, {
    do: "bytes",
    bytes: anotherDelta.subarray(0, 40),
  }),
  silent("within a prelude", "200 UpstreamTimeout", ...begun, {
    do: "bytes",
    bytes: anotherDelta.subarray(0, 7),
  }),
  silent("after messageStop", "200 end", { do: "bytes", bytes: Buffer.concat(sampleAnswer.slice(0, 5)) }),
  {
    fault: "for a while, again and again",
    becomes: "200 end",
    script: () => sampleAnswer.flatMap((bytes) => [{ do: "bytes", bytes }, pause(300)]),
  },
];
