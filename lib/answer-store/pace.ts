// The intervals and limits of the answer store, in milliseconds.

export interface Pace {
  /**
   * How long a request waits for its claim (claim.ts) before it calls Bedrock. A claim that succeeds later is still used. If the
   * first packet of a connection is lost, TCP sends it again after one second. The wait is longer than that. Otherwise one lost
   * packet would be enough for a second call to Bedrock with the same key, which is billed again.
   */
  claimWait: number;
  /** The most that one call to DynamoDB may take. */
  attempt: number;
  /** How long bytes are collected before they are written into the table, if nobody follows the answer. */
  flush: number;
  /** Like `flush`, but while somebody follows the answer. */
  followedFlush: number;
  /** How long a write may fail before the recording is given up. */
  behind: number;
  /** How often the invocation that answers looks for a cancellation and for followers. */
  watch: number;
  /** If the invocation that answers has written no piece for this long, it updates its claim, to show that it is alive. */
  beat: number;
  /** How long followers wait for a sign of life before they take the invocation that answers for dead. */
  dead: number;
  /** How often a follower looks for new bytes. */
  follow: number;
  /** How often a follower says in the claim that it is there. */
  following: number;
  /** How long the answer counts as followed after that. */
  followingFor: number;
  /** How long a reader waits for a table that does not respond. */
  unavailable: number;
  /** How long the invocation waits for its last write, after its response. Lambda's deadline can make this wait shorter. */
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
