// Finds the test files that need their own process, because they change or measure the process in which they run.
import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";

/** Fake timers, spies and changed environment variables would affect other files in the same process. */
const namesProcess = /\b(process|vi)\./;
const changesOrMeasuresProcess =
  /\bprocess\.(env\[.+\] = |on\(|umask\(|memoryUsage|cpuUsage)|\(process\.env,|\bvi\./;

/**
 * Returns the paths of the files that use `process` or `vi`, or import code from tests/support that changes or measures the
 * process. The paths are relative to the repository.
 */
export function filesWithOwnProcess(): string[] {
  const support = listFiles("tests/support").filter((file) => changesOrMeasuresProcess.test(read(file)));
  const imported = support.map((file) => basename(file));
  return listFiles("tests")
    .filter((file) => file.endsWith(".test.ts"))
    .filter((file) => {
      const text = read(file);
      return namesProcess.test(text) || imported.some((name) => text.includes(`/${name}"`));
    });
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.includes("node_modules"))
    .map((file) => `${folder}/${file.replaceAll("\\", "/")}`);
}

function read(file: string): string {
  return readFileSync(file, "utf8");
}
