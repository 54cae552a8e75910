// Vitest's setup before each test file that shares its process with others: measures the machine again, because it may
// have become busier since the previous file.
import { measureMachine } from "./deadline.ts";

measureMachine();
