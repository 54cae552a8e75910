// Writes the results of a full run into the benchmark's README and its chart.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { chart } from "./chart.ts";
import { contenders } from "./contenders.ts";
import { shown } from "./figures.ts";
import { machineText, type Machine } from "./machine.ts";
import { deliveriesLegend, figuresTable, legend } from "./report.ts";
import type { Results } from "./results.ts";

export interface ResultFiles {
  readme: string;
  chart: string;
}

export const publishedFiles: ResultFiles = {
  readme: fileURLToPath(new URL("README.md", import.meta.url)),
  chart: fileURLToPath(new URL("chart.svg", import.meta.url)),
};

const [begin, end] = ["<!-- results: written by npm run bench -- --write -->", "<!-- end of the results -->"];

/**
 * The contenders' figures in the README. The report on the terminal has all figures. A figure whose label begins with "…" has to
 * follow the figure that the label refers to.
 */
const published = [
  "bundleKb",
  "readyMs",
  "coldFirstDeltaMs",
  "warmFirstDeltaMs",
  "burstCpuUs",
  "paceDelayUs",
  "megabytesOf1",
  "peakMegabytes",
  ...[128, 256, 512].flatMap((megabytes) =>
    ["coldFirstDeltaMs", "warmFirstDeltaMs", "delayUs", "delay99Us"].map((key) => `${key}Of${megabytes}Mb`),
  ),
  ...[1, 8, 64].flatMap((streams) =>
    ["streamCpuUs", "megabytes", "delayUs"].map((key) => `${key}Of${streams}Streams`),
  ),
  "memorySize",
  "streamDollars",
  "coldDollars",
];

/** Rejects without writing anything if the results are not complete, or if the README has no place for them. */
export async function writeResults(
  results: Results,
  machine: Machine,
  files: ResultFiles = publishedFiles,
): Promise<void> {
  const problem = incompleteness(results);
  if (problem !== undefined)
    throw new Error(
      `Cannot write the results: ${problem}; correct this and run npm run bench -- --write again`,
    );
  const readme = await readFile(files.readme, "utf8");
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)];
  if (from < 0 || to < from)
    throw new Error(
      `Cannot write the results: ${files.readme} does not have the lines "${begin}" and "${end}" in this order; add them`,
    );
  const text = `${begin}\n\n${resultsText(results, machine)}\n\n${end}`;
  await writeFile(files.readme, readme.slice(0, from) + text + readme.slice(to + end.length));
  await writeFile(files.chart, chart(results, `Medians; less is better. ${machineText(machine)}`));
}

/** Other contenders may fail, for example because a small memory size is not enough for them. */
function incompleteness({ base, names, failures, deliveries }: Results): string | undefined {
  for (const name of [base, "deltapipe"]) {
    if (!names.includes(name)) return `${name} was not measured`;
    const failure = failures.find(({ contender }) => contender === name);
    if (failure) return `${name} failed at ${failure.stage}`;
  }
  if (deliveries === undefined) return "the deliveries were not measured";
  const [failure] = deliveries.failures;
  return failure && `the delivery ${failure.contender} failed`;
}

function resultsText(results: Results, machine: Machine): string {
  const { deliveries } = results;
  const absent = contenders.map(({ name }) => name).filter((name) => !results.names.includes(name));
  const conditions = [
    `The machine: ${machineText(machine)}.`,
    ...results.notes,
    ...(absent.length > 0 ? [`Not measured: ${absent.join(", ")}.`] : []),
    ...results.failures.map(({ contender, stage }) => `${contender} failed at: ${stage}.`),
    ...results.missingStages.map(({ stage, reason }) => `Left out: ${stage} (${reason}).`),
  ];
  return [
    figuresTable(results, "medians of one run", published),
    legend,
    comparison(results),
    ...(deliveries ? [figuresTable(deliveries, "deliveries of deltapipe"), deliveriesLegend] : []),
    conditions.join(" "),
  ].join("\n\n");
}

function comparison(results: Results): string {
  const difference = (key: string) => {
    const value = results.difference("deltapipe", results.base, key);
    return `${value < 0 ? "−" : "+"} ${shown(Math.abs(value))}`;
  };
  return (
    `Deltapipe in comparison with the floor: ${difference("coldFirstDeltaMs")} ms for a cold start, ` +
    `${difference("warmFirstDeltaMs")} ms for a warm request and ${difference("burstCpuUs")} µs of CPU for a delta. ` +
    `After 200 MB to a slow reader the process has ${shown(results.median("deltapipe", "growthMegabytes"))} MB more than after 1 MB.`
  );
}
