// Limits the CPU time of a process with a control group of the kernel, version 2 or 1, as Lambda does.
// https://docs.kernel.org/scheduler/sched-bwc.html
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { periodMs, type CpuLimiter } from "./cpu-limiter.ts";

interface Hierarchy {
  version: "v1" | "v2";
  folder: string;
}

const prefix = "deltapipe-benchmark-";
const periodUs = periodMs * 1000;
/** The shortest quota that the kernel accepts. */
const leastUs = 1000;
let created = 0;

/** Rejects if this process may not create control groups, or if the groups do not have the CPU controller. */
export async function createCgroupLimiter(mounts = "/proc/mounts"): Promise<CpuLimiter> {
  const hierarchies = await findHierarchies(mounts);
  const problems: string[] = [];
  for (const hierarchy of hierarchies) {
    try {
      // A trial, because a writable folder does not mean that the kernel has the CPU controller there.
      await rmdir(await createGroup(hierarchy, 0.5));
      await removeAbandoned(hierarchy);
      return {
        means: `control groups (cgroup ${hierarchy.version}, periods of ${periodMs} ms)`,
        limit: (pid, share) => limit(hierarchy, pid, share),
      };
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  throw new Error(
    problems.length === 0
      ? `Cannot use control groups: ${mounts} has none with the CPU controller`
      : `Cannot use control groups: ${problems.join(", ")}`,
  );
}

async function findHierarchies(mounts: string): Promise<Hierarchy[]> {
  const lines = (await readFile(mounts, "utf8")).split("\n").map((line) => line.split(" "));
  return lines.flatMap(([, folder = "", type, options = ""]): Hierarchy[] => {
    if (type === "cgroup2") return [{ version: "v2", folder }];
    return type === "cgroup" && options.split(",").includes("cpu") ? [{ version: "v1", folder }] : [];
  });
}

/** Resolves with the new group's folder. */
async function createGroup({ version, folder }: Hierarchy, share: number): Promise<string> {
  const group = join(folder, `${prefix}${process.pid}-${++created}`);
  await mkdir(group);
  try {
    const quotaUs = Math.max(leastUs, Math.round(share * periodUs));
    if (version === "v2") await write(join(group, "cpu.max"), `${quotaUs} ${periodUs}`);
    else {
      await write(join(group, "cpu.cfs_period_us"), String(periodUs));
      await write(join(group, "cpu.cfs_quota_us"), String(quotaUs));
    }
    return group;
  } catch (error) {
    await rmdir(group);
    throw error;
  }
}

async function limit(hierarchy: Hierarchy, pid: number, share: number): Promise<() => Promise<void>> {
  const group = await createGroup(hierarchy, share);
  try {
    await write(join(group, "cgroup.procs"), String(pid));
  } catch (error) {
    await rmdir(group);
    throw error;
  }
  return () => removeGroup(group);
}

/** The file must exist: without this flag, a folder that is not a control group's would get a new file. */
function write(file: string, text: string): Promise<void> {
  return writeFile(file, text, { flag: "r+" });
}

const [attempts, pauseMs] = [100, 20];

/** A process that has been killed leaves its group a moment later. */
async function removeGroup(group: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await rmdir(group);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EBUSY" || attempt === attempts) throw error;
      await sleep(pauseMs);
    }
  }
}

/** Removes the groups of benchmarks that were killed. */
export async function removeAbandoned({ folder }: Hierarchy): Promise<void> {
  const groups = (await readdir(folder)).filter((name) => name.startsWith(prefix));
  for (const group of groups) {
    const [pid] = group.slice(prefix.length).split("-");
    // The group may belong to a benchmark in a container, whose process has another id outside the container. The group is then
    // not empty, so `rmdir` fails and the group stays.
    if (!existsSync(`/proc/${pid}`)) await rmdir(join(folder, group)).catch(() => undefined);
  }
}
