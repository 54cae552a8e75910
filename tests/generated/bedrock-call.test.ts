// Generates model ids and bodies, and compares our call with the SDK's: same path, same bytes, a valid signature.
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  bedrockCredentials,
  bedrockRegion,
  callOutcome,
  startCallers,
} from "../support/callers/bedrock-callers.ts";
import { parameters } from "../support/generated.ts";
import { findFault } from "../support/requests/wire-verifier.ts";

const usualRuns = 150;
const text = fc.string({
  unit: fc.oneof(fc.constantFrom(..."%/:?#.+ !'()*~"), fc.string({ unit: "grapheme" })),
});

test("every call has the same URL as the SDK's call, and a signature that AWS's code verifies", async () => {
  const { ours, oursWithSdk, theirs } = await startCallers();
  const scope = { credentials: bedrockCredentials, service: "bedrock", region: bedrockRegion };
  await fc.assert(
    fc.asyncProperty(
      text.filter((id) => id !== ""),
      text,
      async (model, body) => {
        expect(await callOutcome(theirs, model, body)).toBe("a stream");
        for (const caller of [ours, oursWithSdk]) {
          expect(await callOutcome(caller, model, body)).toBe("a stream");
          const sent = caller.seen.at(-1)!;
          expect(sent.request.url).toBe(theirs.seen.at(-1)!.request.url);
          expect(sent.body.toString()).toBe(body);
          expect(await findFault(sent.request, sent.body, scope)).toBeUndefined();
        }
      },
    ),
    parameters(usualRuns),
  );
});
