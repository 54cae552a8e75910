// Installation of missing packages: only when needed, in place, by one process at a time, with visible progress.
import { execFile, spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { collectOutput, type ChildOutput } from "../support/processes/child-output.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const names = ["one", "two"];

let base: string;
let folder: string;
let projects = 0;
/** The finished projects by version. They are reused, because npm takes a second to lock the packages of each. */
const sources = new Map<string, Promise<string>>();

/** Environment variables for npm. They keep it offline, because the packages are local files. */
function variables(): Record<string, string> {
  const { PATH = "" } = process.env;
  return { PATH, HOME: base, npm_config_offline: "true", npm_config_cache: join(base, "cache") };
}

/** Writes a project with two packages of this version into `folder`, or updates the project that is there. */
async function writeProject(version: string): Promise<void> {
  const source = sources.get(version) ?? makeProject(version);
  sources.set(version, source);
  await cp(await source, folder, { recursive: true });
}

/** Makes the project that `writeProject` copies. The first package claims to support no existing Node version. */
async function makeProject(version: string): Promise<string> {
  const source = await mkdtemp(join(base, "source-"));
  await mkdir(join(source, "package"));
  for (const name of names) {
    const engines = name === "one" ? { node: ">=99" } : {};
    await writeFile(join(source, "package/package.json"), JSON.stringify({ name, version, engines }));
    await run("tar", ["-czf", `${name}-${version}.tgz`, "package"], { cwd: source });
  }
  const dependencies = Object.fromEntries(names.map((name) => [name, `file:${name}-${version}.tgz`]));
  await writeFile(join(source, "package.json"), JSON.stringify({ name: "project", version, dependencies }));
  await cp(join(root, ".npmrc"), join(source, ".npmrc"));
  await run("npm", ["install", "--package-lock-only"], { cwd: source, env: variables() });
  return source;
}

interface Installing {
  pid: number | undefined;
  until: ChildOutput["until"];
  ended: Promise<{ code: number | null; output: string }>;
}

/** Runs a script that installs packages as `npm start` and `npm test` do. */
function install(more: Record<string, string> = {}, options = "{}"): Installing {
  const source = `
    import { installMissing } from ${JSON.stringify(join(root, "scripts/installation.js"))};
    await installMissing(${JSON.stringify(folder)}, ${options});`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", source], {
    env: { ...variables(), ...more },
  });
  const { output, until, exit } = collectOutput(child);
  return { pid: child.pid, until, ended: exit.then((code) => ({ code, output: output() })) };
}

/** Returns the environment variables with which the installation runs this script instead of npm. */
async function fakeNpm(source: string): Promise<Record<string, string>> {
  const file = join(folder, "npm-cli.js");
  await writeFile(file, source);
  return { npm_execpath: file };
}

async function versionOf(name: string): Promise<string> {
  const text = await readFile(join(folder, "node_modules", name, "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "deltapipe-installation-"));
});
afterAll(() => rm(base, { recursive: true }));
beforeEach(async () => {
  folder = join(base, String(++projects));
  await writeProject("1.0.0");
});

describe("the installation", () => {
  test("a fresh clone gets exactly the lock file's packages, without a warning about engines", async () => {
    const { code, output } = await install().ended;
    expect(code).toBe(0);
    expect(output).toContain("Installing missing packages with npm ci");
    expect(output).not.toMatch(/warn|EBADENGINE/i);
    expect(await Promise.all(names.map(versionOf))).toEqual(["1.0.0", "1.0.0"]);
  });

  test("the installation changes nothing if all packages are installed", async () => {
    await install().ended;
    const before = await stat(join(folder, "node_modules"));
    const npm = await fakeNpm(`throw new Error("npm was run")`);
    expect(await install(npm).ended).toEqual({ code: 0, output: "" });
    expect((await stat(join(folder, "node_modules"))).mtimeMs).toBe(before.mtimeMs);
  });

  test("the installation restores a missing package and leaves the others in place", async () => {
    await install().ended;
    // Represents a file that a running program has open.
    await writeFile(join(folder, "node_modules/two/in-use"), "");
    await rm(join(folder, "node_modules/one"), { recursive: true });
    const { code, output } = await install().ended;
    expect(code).toBe(0);
    expect(output).toContain("npm install --no-save");
    expect(await versionOf("one")).toBe("1.0.0");
    await stat(join(folder, "node_modules/two/in-use"));
  });

  test("the installation adds the packages of a changed lock file, and does not change the lock file", async () => {
    await install().ended;
    await writeProject("2.0.0");
    const before = await readFile(join(folder, "package-lock.json"), "utf8");
    expect((await install().ended).code).toBe(0);
    expect(await Promise.all(names.map(versionOf))).toEqual(["2.0.0", "2.0.0"]);
    expect(await readFile(join(folder, "package-lock.json"), "utf8")).toBe(before);
  });

  test("the installation prints its progress repeatedly if there is no terminal", async () => {
    const npm = await fakeNpm(`setTimeout(() => undefined, 1000)`);
    const { code, output } = await install(npm, "{ everyMs: 20 }").ended;
    expect(code).toBe(0);
    expect(output.match(/Still installing, \d+ s …\n/g)?.length).toBeGreaterThan(1);
  });

  test("the installation reports a failure in one sentence that says what to do", async () => {
    const npm = await fakeNpm(`process.exit(7)`);
    const { code, output } = await install(npm).ended;
    expect(code).toBe(1);
    expect(output).toMatch(
      /Cannot install missing packages with npm ci: it exited with 7, see above; run npm ci in \//,
    );
    // The next installation does not wait for the failed one.
    expect((await install().ended).code).toBe(0);
  });
});

describe("two installations at the same time", () => {
  test("two installations at the same time run one after the other, and the second finds all packages", async () => {
    const [first, second] = await Promise.all([install().ended, install().ended]);
    expect([first.code, second.code]).toEqual([0, 0]);
    expect((first.output + second.output).match(/Installing missing packages/g)).toHaveLength(1);
    expect(await versionOf("two")).toBe("1.0.0");
  });

  test("the second of two installations completes the work if the first is killed", async () => {
    const npm = await fakeNpm(`setTimeout(() => undefined, 100)`);
    const endless = install(
      { npm_execpath: npm["npm_execpath"]! },
      "{ say: (line) => { console.error(line); process.kill(process.pid, 'SIGSTOP'); } }",
    );
    await endless.until(/Installing/);
    const second = install({}, "{ everyMs: 100 }");
    await second.until(new RegExp(`Waiting for process ${endless.pid}`));
    process.kill(endless.pid!, "SIGKILL");
    expect((await second.ended).code).toBe(0);
    expect(await versionOf("one")).toBe("1.0.0");
  });

  test("an installation waits while another one takes over the lock of a killed process", async () => {
    // This id is larger than the largest process id, so the process that holds the lock is not running.
    await writeFile(join(folder, ".installing"), "999999999");
    // This file shows that another process is taking over the lock.
    await writeFile(join(folder, ".installing-take-over"), "");
    const second = install({}, "{ everyMs: 100 }");
    await second.until(/Waiting for process 999999999/);
    await rm(join(folder, ".installing-take-over"), { force: true });
    expect((await second.ended).code).toBe(0);
    expect((await readdir(folder)).filter((name) => name.startsWith(".installing"))).toEqual([]);
  });

  test("an installation does not wait for a process that was killed while it took over the lock", async () => {
    await writeFile(join(folder, ".installing"), "999999999");
    const left = join(folder, ".installing-take-over");
    await writeFile(left, "999999998");
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(left, longAgo, longAgo);
    expect((await install().ended).code).toBe(0);
    expect((await readdir(folder)).filter((name) => name.startsWith(".installing"))).toEqual([]);
  });
});

test("npm ci does not warn about engines if it is run by hand", async () => {
  const { stdout, stderr } = await run("npm", ["ci"], { cwd: folder, env: variables() });
  expect(stdout + stderr).not.toMatch(/warn|EBADENGINE/i);
});

describe.each([
  ["start/start", "npm start"],
  ["test", "npm test"],
  ["package/package", "npm run package"],
  ["deploy", "npm run deploy"],
  ["pack", "npm run pack"],
])("scripts/%s.js --help", (script, command) => {
  test("--help prints the help before anything is installed", async () => {
    await cp(join(root, "scripts"), join(folder, "scripts"), {
      recursive: true,
      filter: (source) => !source.includes("node_modules"),
    });
    const { stdout } = await run(process.execPath, [`scripts/${script}.js`, "--help"], { cwd: folder });
    expect(stdout).toContain(`Usage: ${command} -- [`);
    await expect(stat(join(folder, "node_modules"))).rejects.toThrow(/ENOENT/);
  });
});
