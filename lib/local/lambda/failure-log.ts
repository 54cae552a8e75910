// Formats the end of an execution environment the way Lambda logs it.
//
// Lambda uses Go's wording: https://cs.opensource.google/go/go/+/master:src/os/exec_posix.go

/** https://cs.opensource.google/go/go/+/master:src/syscall/zerrors_linux_amd64.go */
const signalNames: Partial<Record<NodeJS.Signals, string>> = {
  SIGABRT: "aborted",
  SIGBUS: "bus error",
  SIGHUP: "hangup",
  SIGINT: "interrupt",
  SIGKILL: "killed",
  SIGQUIT: "quit",
  SIGSEGV: "segmentation fault",
  SIGTERM: "terminated",
  SIGTRAP: "trace/breakpoint trap",
};

/** Returns text such as `exit status 3` or `signal: killed`. */
export function describeExit(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `exit status ${code}` : `signal: ${signalNames[signal] ?? signal}`;
}

/** Returns the lines for the function's log. `requestId` is undefined before the first invocation. */
export function failureLines(failure: string, requestId: string | undefined): string[] {
  if (!failure.startsWith("Runtime exited")) return [failure];
  const prefix = requestId === undefined ? "" : `RequestId: ${requestId} `;
  return [`${prefix}Error: ${failure}`, "Runtime.ExitError"];
}
