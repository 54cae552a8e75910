// The end of a process in the words of Lambda's log, which are those of Go.
// https://cs.opensource.google/go/go/+/master:src/os/exec_posix.go

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

/** `exit status 3`, `signal: killed`. */
export function describeExit(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `exit status ${code}` : `signal: ${signalNames[signal] ?? signal}`;
}
