// Describes the machine that the benchmark runs on.
import { spawnSync } from "node:child_process";
import { arch, cpus, platform, totalmem } from "node:os";

export interface Machine {
  processor: string;
  cores: number;
  memoryGb: number;
  system: string;
  node: string;
}

export function describeMachine(nodeExecutable: string): Machine {
  const { stdout } = spawnSync(nodeExecutable, ["--version"], { encoding: "utf8" });
  return {
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${arch()}`,
    node: stdout.trim(),
  };
}

export function machineText({ processor, cores, memoryGb, system, node }: Machine): string {
  return `Node ${node}, ${system}, ${cores} × ${processor}, ${memoryGb} GB`;
}
