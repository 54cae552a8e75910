// `npm start`: installs missing packages, then runs the local stack. This file is plain JavaScript, because it runs before
// anything is installed.
import { fileURLToPath } from "node:url";
import { prepare } from "../installation.js";
import { startHelp } from "./start-help.js";

await prepare(fileURLToPath(new URL("../..", import.meta.url)), startHelp);
const { register } = await import("tsx/esm/api");
register();
await import("./run-stack.ts");
