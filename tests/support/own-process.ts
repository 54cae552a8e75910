// Finds the test files that need a process of their own, because they change it or measure it.
import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";

/** Fake timers, spies and changed variables last until they are undone, and other files would see them. */
const namesProcess = /\b(process|vi)\./;
const changesOrMeasuresProcess =
  /\bprocess\.(env\[.+\] = |on\(|umask\(|memoryUsage|cpuUsage)|\(process\.env,|\bvi\./;

/** Paths from the repository's root. A file counts that names `process` or `vi`, or imports code that changes or measures them. */
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
