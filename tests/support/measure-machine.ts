// Vitest's setup for each test file that shares a process with other test files. Measures the machine again, because it may have
// become busier since the previous file.
import { measureMachine } from "./deadline.ts";

measureMachine();
