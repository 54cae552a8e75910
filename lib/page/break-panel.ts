// The panel Break: a button for each fault, and the outcome for the caller.
import { create, find } from "./elements.ts";
import { formatMs } from "./numbers.ts";
import { deltasPerSecond, type Recording } from "./recording.ts";
import type { Model } from "./service.ts";
import type { RequestBody } from "./build-request.ts";

/** A request that shows a fault. */
export interface Trial {
  name: string;
  description: string;
  request: RequestBody;
  /** Default: `/`. */
  path?: string;
  /** Milliseconds that the reader waits after each chunk. */
  pauseMs?: number;
  /** The reader leaves after this number of deltas. */
  leaveAfter?: number;
}

const prompt = "A story about rain";

/** `run` resolves when the answer has ended. It resolves with undefined if another answer is still running. */
export function showBreakPanel(models: Model[], run: (trial: Trial) => Promise<Recording | undefined>): void {
  const flood = models.find(({ name }) => name === "local.flood");
  const faults = models.filter(({ becomes }) => becomes !== undefined);
  const groups: [string, Trial[]][] = [
    ["The caller", callerTrials(flood?.name)],
    ["Bedrock responds with an error", faults.filter(isResponse).map(trialOf)],
    ["Bedrock breaks off", faults.filter((model) => !isResponse(model)).map(trialOf)],
  ];
  find("#faults").replaceChildren(
    ...groups
      .filter(([, trials]) => trials.length > 0)
      .map(([title, trials]) => showGroup(title, trials, run)),
  );
}

function showGroup(
  title: string,
  trials: Trial[],
  run: (trial: Trial) => Promise<Recording | undefined>,
): HTMLElement {
  const items = trials.map((trial) => {
    const got = create("p", { class: "got" });
    const button = create(
      "button",
      {
        type: "button",
        onclick: () => {
          void run(trial).then((recording) => recording && showOutcome(got, recording));
        },
      },
      trial.name,
    );
    return create("li", {}, button, create("p", { class: "quiet" }, trial.description), got);
  });
  return create("section", {}, create("h3", {}, title), create("ul", { class: "faults" }, ...items));
}

function showOutcome(element: HTMLElement, recording: Recording): void {
  const { ending, deltas, firstDeltaMs } = recording;
  const rate = deltasPerSecond(recording);
  const before = firstDeltaMs === undefined ? "no text" : `${deltas.toLocaleString("en")} deltas`;
  const speed =
    rate === undefined || deltas < 1000 ? "" : `, ${Math.round(rate).toLocaleString("en")} a second`;
  element.dataset["kind"] = ending?.kind ?? "";
  element.textContent = `${ending?.title ?? ""} after ${formatMs(recording.elapsedMs())}, ${before}${speed}`;
}

function callerTrials(flood: string | undefined): Trial[] {
  const many = flood === undefined ? { prompt } : { prompt: "20000", modelId: flood };
  return [
    {
      name: "A slow reader",
      description:
        "Waits 250 ms after each chunk. Bedrock's socket is paused meanwhile, and nothing is lost.",
      request: many,
      pauseMs: 250,
    },
    {
      name: "A reader that leaves",
      description: "Closes the connection after ten deltas. Lambda does not notify the function.",
      request: { prompt },
      leaveAfter: 10,
    },
    {
      name: "A wrong signature",
      description:
        "The page's server signs with a wrong secret. AWS rejects the request before the function runs.",
      request: { prompt },
      path: "/~/wrong-signature",
    },
    {
      name: "A member that does not exist",
      description: "The request has a typo, and costs nothing.",
      request: { prompt, temprature: 0.5 },
    },
    {
      name: "A model that is not in the list",
      description: "Callers can choose only models in the service's list.",
      request: { prompt, modelId: "some.other-model" },
    },
  ];
}

function isResponse({ description = "" }: Model): boolean {
  return description.startsWith("responds with");
}

function trialOf({ name, description = "", becomes = "" }: Model): Trial {
  const slow =
    becomes === "UpstreamTimeout" ? " It takes stallSeconds or firstByteSeconds, 180 by default." : "";
  const sentence = `${description.slice(0, 1).toUpperCase()}${description.slice(1)}.`;
  return { name, description: `${sentence}${slow}`, request: { prompt, modelId: name } };
}
