// The operations on the table of answers. Each is one conditional write or one consistent read.
import { repeatedly, TableError, textIn, type CallTable, type Item } from "./call-table.ts";
import { claimIn, claimPart, itemOfClaim, textOfFailure, type Claim, type Failure } from "./claim.ts";
import type { Pace } from "./pace.ts";
import { attributesOf, isSamePiece, partOf, pieceIn, type Piece } from "./piece.ts";

/** The new pieces since the last look at an answer, and its claim. */
export interface Found {
  /** In order, and without gaps. */
  pieces: Piece[];
  /** Undefined if there is no claim, or if it has expired. */
  claim: Claim | undefined;
}

/** All methods reject with `TableError`. */
export class AnswerTable {
  readonly #call: CallTable;
  readonly #pace: Pace;

  constructor(call: CallTable, pace: Pace) {
    this.#call = call;
    this.#pace = pace;
  }

  /**
   * Resolves with undefined if the key was free and is now claimed. Otherwise resolves with the claim of the request that has
   * claimed it before.
   */
  async claim(claim: Claim): Promise<Claim | undefined> {
    // A request that got an error response may be repeated with its key, unless it was cancelled. If an answer was not kept, its
    // key stays taken: otherwise, a caller who has some of its lines would get the other lines from another answer.
    const isFree = "#state = :failed AND #cancelled = :false";
    const input = {
      Item: itemOfClaim(claim),
      ConditionExpression: `attribute_not_exists(#answer) OR #expiresAt <= :now OR (${isFree})`,
      ExpressionAttributeNames: {
        "#answer": "answer",
        "#expiresAt": "expiresAt",
        "#state": "state",
        "#cancelled": "cancelled",
      },
      ExpressionAttributeValues: {
        ":now": { N: String(Math.floor(Date.now() / 1000)) },
        ":failed": { S: "failed" },
        ":false": { BOOL: false },
      },
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    };
    const found = await refusedItem(repeatedly(this.#pace.behind, () => this.#call("PutItem", input)));
    // If the response to an earlier attempt was lost, the claim in the table is our own.
    if (!found || textIn(found["run"]) === claim.run) return undefined;
    const existing = claimIn(found);
    // The claim has expired since DynamoDB checked the condition.
    if (!existing) throw new TableError("ClaimExpired", true);
    return existing;
  }

  async readClaim(answer: string): Promise<Claim | undefined> {
    const key = { answer: { S: answer }, part: { S: claimPart } };
    const { Item } = await this.#call("GetItem", { Key: key, ConsistentRead: true });
    return claimIn(Item as Item | undefined);
  }

  /** Reads the claim and the pieces of a run, from the number `from` on, in one query. */
  async find(answer: string, run: string, from: number): Promise<Found> {
    const found: Found = { pieces: [], claim: undefined };
    let start: unknown;
    do {
      const { Items, LastEvaluatedKey } = await this.#call("Query", {
        ConsistentRead: true,
        KeyConditionExpression: "#answer = :answer AND #part BETWEEN :from AND :to",
        ExpressionAttributeNames: { "#answer": "answer", "#part": "part" },
        ExpressionAttributeValues: {
          ":answer": { S: answer },
          ":from": { S: partOf(run, from) },
          ":to": { S: claimPart },
        },
        ...(start !== undefined && { ExclusiveStartKey: start }),
      });
      for (const item of Items as Item[]) {
        const part = textIn(item["part"]);
        if (part === claimPart) found.claim = claimIn(item);
        else if (part === partOf(run, from + found.pieces.length)) found.pieces.push(pieceIn(item));
      }
      start = LastEvaluatedKey;
    } while (start !== undefined);
    return found;
  }

  /** Whether the last piece of the answer is in the table. */
  async hasEnded({ answer, run }: Claim): Promise<boolean> {
    const { Items } = await this.#call("Query", {
      ConsistentRead: true,
      KeyConditionExpression: "#answer = :answer AND begins_with(#part, :run)",
      ExpressionAttributeNames: { "#answer": "answer", "#part": "part" },
      ExpressionAttributeValues: { ":answer": { S: answer }, ":run": { S: `${run}#` } },
      ScanIndexForward: false,
      Limit: 1,
    });
    const [newest] = Items as Item[];
    return newest !== undefined && pieceIn(newest).isLast;
  }

  /** Resolves with false if another piece already has this number. */
  async add({ answer, run, expiresAt }: Claim, index: number, piece: Piece): Promise<boolean> {
    const item: Item = {
      answer: { S: answer },
      part: { S: partOf(run, index) },
      ...attributesOf(piece),
      expiresAt: { N: String(expiresAt) },
    };
    const input = {
      Item: item,
      ConditionExpression: "attribute_not_exists(#part)",
      ExpressionAttributeNames: { "#part": "part" },
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    };
    const found = await refusedItem(repeatedly(this.#pace.behind, () => this.#call("PutItem", input)));
    // If the response to an earlier attempt was lost, the piece in the table is our own.
    return !found || isSamePiece(found, item);
  }

  async beat(claim: Claim): Promise<void> {
    await this.#update(claim, { beat: { N: String(Date.now()) } });
  }

  async follow(claim: Claim): Promise<void> {
    await this.#update(claim, { watchedUntil: { N: String(Date.now() + this.#pace.followingFor) } });
  }

  async fail(claim: Claim, failure: Failure): Promise<void> {
    const values = { state: { S: "failed" }, failure: { S: textOfFailure(failure) } };
    await repeatedly(this.#pace.lastWrite, () => this.#update(claim, values));
  }

  async lose(claim: Claim): Promise<void> {
    await this.#update(claim, { state: { S: "lost" } });
  }

  async cancel(claim: Claim): Promise<void> {
    await this.#update(claim, { cancelled: { BOOL: true } });
  }

  /** Changes the claim, unless its state is no longer `running` or it belongs to another run. */
  async #update(claim: Claim, values: Item): Promise<void> {
    const names = Object.keys(values);
    const update = this.#call("UpdateItem", {
      Key: { answer: { S: claim.answer }, part: { S: claimPart } },
      UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(", ")}`,
      ConditionExpression: "#run = :run AND #state = :running",
      ExpressionAttributeNames: Object.fromEntries(
        [...new Set([...names, "run", "state"])].map((name) => [`#${name}`, name]),
      ),
      ExpressionAttributeValues: {
        ...Object.fromEntries(names.map((name) => [`:${name}`, values[name]])),
        ":run": { S: claim.run },
        ":running": { S: "running" },
      },
    });
    await refusedItem(update);
  }
}

/** Resolves with the item that made the condition of a write fail, or with undefined if the write succeeded. */
async function refusedItem(write: Promise<unknown>): Promise<Item | undefined> {
  try {
    await write;
    return undefined;
  } catch (error) {
    if (!(error instanceof TableError) || error.name !== "ConditionalCheckFailedException") throw error;
    return error.item ?? {};
  }
}
