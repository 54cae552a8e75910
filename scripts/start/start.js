// `npm start`: installs what is missing, then runs the local stack. Plain JavaScript that needs nothing installed.
import { fileURLToPath } from "node:url";
import { prepare } from "../installation.js";
import { help } from "./start-help.js";

await prepare(fileURLToPath(new URL("../..", import.meta.url)), help);
const { register } = await import("tsx/esm/api");
register();
await import("./local-stack.ts");
