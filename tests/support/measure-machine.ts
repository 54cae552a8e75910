// Vitest's setup of each file that shares a process: the machine may have become busier since the file before.
import { measureMachine } from "./deadline.ts";

measureMachine();
