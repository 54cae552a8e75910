// Cancels an answer that another invocation is sending.
import { repeatedly } from "./call-table.ts";
import { hashOf } from "./claim.ts";
import type { StoreContext } from "./answered.ts";
import type { KeyMembers } from "./request-key.ts";
import { answerNotFound, errorForReader, notKept } from "./store-errors.ts";

/** Resolves with false if the answer has already ended. Rejects with `ConverseError`. */
export async function cancelAnswer(
  { key, owner }: Pick<KeyMembers, "key" | "owner">,
  { table, pace }: StoreContext,
): Promise<boolean> {
  return repeatedly(pace.behind, async () => {
    const claim = await table.readClaim(hashOf(key));
    if (!claim || claim.owner !== hashOf(owner)) throw answerNotFound();
    if (claim.state === "lost") throw notKept();
    if (claim.state === "failed") return false;
    await table.cancel(claim);
    return !(await table.hasEnded(claim));
  }).catch((error: unknown) => {
    throw errorForReader(error);
  });
}
