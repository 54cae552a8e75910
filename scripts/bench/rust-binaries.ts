// Builds the contenders in Rust with cargo.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { benchFolder } from "./packages.ts";

/**
 * Resolves with the path of the binary of the crate, a folder beside this file. The first build takes minutes; later ones end
 * at once if nothing has changed. Rejects if there is no cargo, or if it fails.
 */
export async function buildRust(crate: string, cargo: string): Promise<string> {
  const folder = join(benchFolder, crate);
  const target = join(folder, "target");
  const code = await run(
    cargo,
    ["build", "--release", "--locked", "--quiet", "--target-dir", target],
    folder,
  );
  if (code !== 0)
    throw new Error(`Cannot build ${crate}: ${cargo} exited with ${code}; read its output above`);
  return join(target, "release", "bootstrap");
}

/** Resolves with the exit code or signal. */
async function run(command: string, args: string[], cwd: string): Promise<number | NodeJS.Signals> {
  // Cargo's output goes to standard error, because the benchmark's results may be JSON on standard output.
  const child = spawn(command, args, { cwd, stdio: ["ignore", 2, 2] });
  try {
    const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals];
    return code ?? signal;
  } catch (cause) {
    const { message } = cause as Error;
    throw new Error(`Cannot run ${command}: ${message}; install Rust from https://rustup.rs`, { cause });
  }
}
