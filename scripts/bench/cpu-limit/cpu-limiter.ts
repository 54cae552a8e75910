// Limits the CPU time of a process to a share of one core, as Lambda does with functions of less than 1769 MB.

export interface CpuLimiter {
  /** Describes for the report how the CPU time is limited, such as "SIGSTOP and SIGCONT". */
  means: string;
  /**
   * Limits all threads of a process from now on. `share` is a fraction of one core. Resolves with a function that removes what
   * the limit needed, to be called when the process has been killed. Rejects if there is no such process.
   */
  limit(pid: number, share: number): Promise<() => Promise<void>>;
}

/**
 * Lambda's own period, as measured from within functions. The share is a budget of CPU time for each period: a function that
 * has spent it stands still until the next period. https://arxiv.org/abs/2506.01283
 */
export const periodMs = 20;

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
export const megabytesOfOneCore = 1769;

/** The share of one core that Lambda gives to a function of this memory size. */
export function lambdaShare(megabytes: number): number {
  return megabytes / megabytesOfOneCore;
}
