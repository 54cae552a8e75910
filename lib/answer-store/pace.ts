// The intervals and limits of the answer store, in milliseconds.

export interface Pace {
  /**
   * How long a request waits for its claim before it calls Bedrock. A claim that comes later is still used. Longer than the second
   * after which TCP repeats the first packet of a connection, because another request with the key would be billed again.
   */
  claimWait: number;
  /** The most that one call to DynamoDB may take. */
  attempt: number;
  /** How long bytes are collected before they are written: usually, and while somebody follows the answer. */
  flush: number;
  followedFlush: number;
  /** How far writing may fall behind before the recording is given up. */
  behind: number;
  /** How often the invocation that answers looks for a cancellation and for followers. */
  watch: number;
  /** The longest silence of an invocation that answers. If it has nothing to write, it shows in this way that it is alive. */
  beat: number;
  /** The silence after which followers take the invocation that answers for dead. */
  dead: number;
  /** How often a follower looks for new bytes. */
  follow: number;
  /** How often a follower says that it is there, and how long that holds. */
  following: number;
  followingFor: number;
  /** How long a reader waits for a table that does not respond. */
  unavailable: number;
  /** How long the invocation waits for its last write, after its response. Lambda's deadline can make it shorter. */
  lastWrite: number;
}

export const defaultPace: Pace = {
  claimWait: 1500,
  attempt: 2000,
  flush: 1000,
  followedFlush: 100,
  behind: 5000,
  watch: 300,
  beat: 5000,
  dead: 15_000,
  follow: 100,
  following: 3000,
  followingFor: 5000,
  unavailable: 10_000,
  lastWrite: 5000,
};
