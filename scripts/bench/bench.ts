// `npm run bench`: measures Deltapipe and other libraries that can do the same job.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { runBenchmark } from "./benchmark.ts";
import { chart } from "./chart.ts";
import { describeMachine, machineText, type Machine } from "./machine.ts";
import { benchHelp, readBenchOptions, type BenchOptions } from "./bench-options.ts";
import { findNode, installPackages } from "./packages.ts";
import { measureMessages } from "./messages.ts";
import { messagesTable, report } from "./report.ts";
import type { Results } from "./results.ts";
import { verdicts } from "./targets.ts";
import { writeResults } from "./write-results.ts";
import { createStatusLine } from "../status-line.ts";
import { runScript } from "../run-script.ts";

await runScript({ help: benchHelp, readOptions: readBenchOptions, main });

async function main(options: BenchOptions): Promise<number> {
  if (options.messages) return reportMessages(options);
  // Without a listener, the signals would end this process without the event "exit", and contenders that the CPU limit has
  // stopped would stay behind.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(1));
  const status = createStatusLine(process.stderr);
  await installPackages((line) => status.say(`${line} (scripts/bench)`));
  const node = findNode();
  if (!node.isLambdas) {
    status.say(
      `There is no Node 24 package for this platform, so all contenders run on Node ${process.version}`,
    );
  }
  const machine = describeMachine(node.path);
  const { size, only } = options;
  status.say(`${size === "quick" ? "Quick" : "Full"} run on ${machineText(machine)}`);
  const results = await runBenchmark({ size, only, nodeExecutable: node.path, status });
  process.stdout.write(options.json ? jsonOf(results, machine, size) : `${report(results)}`);
  if (options.write) {
    await writeResults(results, machine);
    status.say("Results written to scripts/bench/README.md and scripts/bench/chart.svg");
  }
  if (options.chart === undefined) return 0;
  await mkdir(dirname(options.chart), { recursive: true });
  await writeFile(options.chart, chart(results, `Medians; less is better. ${machineText(machine)}`));
  status.say(`Chart written to ${options.chart}`);
  return 0;
}

async function reportMessages({ size, json }: BenchOptions): Promise<number> {
  const rows = await measureMessages(size === "quick" ? 200 : 1000);
  process.stdout.write(json ? `${JSON.stringify(rows, null, 2)}\n` : messagesTable(rows));
  return 0;
}

function jsonOf(results: Results, machine: Machine, size: string): string {
  const { deliveries, failures, noisyFigures, leftOut, missingStages, notes } = results;
  const document = {
    machine,
    size,
    contenders: cellsOf(results),
    ...(deliveries && { deliveries: cellsOf(deliveries) }),
    targets: verdicts(results),
    failures: [...failures, ...(deliveries?.failures ?? [])],
    noisy: noisyFigures.map(({ key }) => key),
    leftOut,
    missingStages,
    notes,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function cellsOf(results: Results) {
  return results.names.map((name) => ({
    name,
    figures: Object.fromEntries(results.measured.map((figure) => [figure.key, results.cell(name, figure)])),
  }));
}
