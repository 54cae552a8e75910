// The types of the wire format have every member of the newest ConverseStream in AWS's SDK. The compiler compares them:
// `npm run types` fails for members that a new version of the SDK has added.
import type * as sdk from "@aws-sdk/client-bedrock-runtime";
import { describe, expectTypeOf, test } from "vitest";
import type { ConverseSettings, Line, Message, UnknownContentBlock } from "../../lib/client/index.ts";
import type { MemberPaths } from "../support/types/member-paths.ts";

/** The SDK's unions use this member for values that the SDK does not know. */
interface UnknownMember {
  $unknown: unknown;
}

/** `promptVariables` belong to stored prompts, whose ids are not in the service's list of models. */
type SdkRequest = Omit<sdk.ConverseStreamRequest, "modelId" | "promptVariables"> & { modelId?: string };
/** The answer store's members are the service's own. */
type BedrockSettings = Omit<ConverseSettings, "idempotencyKey" | "fromLine">;
type Request = BedrockSettings & { messages?: Message[] };

type SdkRequestPaths = MemberPaths<SdkRequest, UnknownMember>;
type RequestPaths = MemberPaths<Request, UnknownContentBlock>;

describe("the request's types", () => {
  test("are compared together with the values that they allow", () => {
    expectTypeOf<".toolConfig?.tools[].toolSpec.strict?=boolean">().toExtend<SdkRequestPaths>();
    expectTypeOf<".messages?[].content[].toolResult.content[].image.source.bytes=string">().toExtend<SdkRequestPaths>();
    expectTypeOf<'.messages?[].content[].audio.format="x-aac"'>().toExtend<SdkRequestPaths>();
  });

  test("lack no member and no value that the SDK has", () => {
    expectTypeOf<never>().toEqualTypeOf<Exclude<SdkRequestPaths, RequestPaths>>();
  });

  test("have nothing that the SDK lacks, except for one string that allows new values", () => {
    expectTypeOf<
      Exclude<RequestPaths, SdkRequestPaths>
    >().toEqualTypeOf<".messages?[].content[].toolUse.type?=string">();
  });
});

type SdkEvents = MembersOf<Exclude<sdk.ConverseStreamOutput, UnknownMember>>;
type MembersOf<Union> = {
  [Name in Union extends unknown ? keyof Union : never]: Union extends { [Member in Name]: infer Value }
    ? Exclude<Value, undefined>
    : never;
};
/** These become the `error` line. */
type Exceptions = Extract<keyof SdkEvents, `${string}Exception`>;
type SdkEventPaths = MemberPaths<Omit<SdkEvents, Exceptions | "$unknown">, UnknownMember>;

type OwnLines = "start" | "ping" | "end" | "error";
type Events = {
  [Name in Exclude<Line["type"], OwnLines>]: Omit<Extract<Line, { type: Name }>, "type" | "p">;
};
type EventPaths = MemberPaths<Events>;

describe("the events' types", () => {
  test("are compared together with the values that they allow", () => {
    expectTypeOf<'.metadata.usage.cacheDetails?[].ttl="1h"'>().toExtend<SdkEventPaths>();
    expectTypeOf<".contentBlockDelta.delta.image.source?.bytes=string">().toExtend<SdkEventPaths>();
    expectTypeOf<".metadata.trace?.guardrail?.inputAssessment?.*.wordPolicy?.customWords[].match=string">().toExtend<SdkEventPaths>();
  });

  test("lack no event, no member and no value that the SDK has", () => {
    expectTypeOf<never>().toEqualTypeOf<Exclude<SdkEventPaths, EventPaths>>();
  });

  test("have nothing that the SDK lacks, except for strings that allow new values", () => {
    expectTypeOf<Exclude<EventPaths, SdkEventPaths>>().toExtend<`${string}=string`>();
  });
});
