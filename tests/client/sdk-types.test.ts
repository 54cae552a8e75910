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

/** The service's list of models has no stored prompts, so `promptVariables` would have no use. `modelId` is optional. */
type SdkRequest = Omit<sdk.ConverseStreamRequest, "modelId" | "promptVariables"> & { modelId?: string };
/** Bedrock does not have these two members. They are for the service's answer store. */
type BedrockSettings = Omit<ConverseSettings, "idempotencyKey" | "fromLine">;
type Request = BedrockSettings & { messages?: Message[] };

type SdkRequestPaths = MemberPaths<SdkRequest, UnknownMember>;
type RequestPaths = MemberPaths<Request, UnknownContentBlock>;

describe("the request's types", () => {
  test("the request's types are compared member by member, with the values that each member allows", () => {
    expectTypeOf<".toolConfig?.tools[].toolSpec.strict?=boolean">().toExtend<SdkRequestPaths>();
    expectTypeOf<".messages?[].content[].toolResult.content[].image.source.bytes=string">().toExtend<SdkRequestPaths>();
    expectTypeOf<'.messages?[].content[].audio.format="x-aac"'>().toExtend<SdkRequestPaths>();
  });

  test("the request's types have every member and every value that the SDK has", () => {
    expectTypeOf<never>().toEqualTypeOf<Exclude<SdkRequestPaths, RequestPaths>>();
  });

  test("the request's types differ from the SDK's only in toolUse.type, which allows any string", () => {
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
/** The service sends these events as its `error` line. */
type Exceptions = Extract<keyof SdkEvents, `${string}Exception`>;
type SdkEventPaths = MemberPaths<Omit<SdkEvents, Exceptions | "$unknown">, UnknownMember>;

type OwnLines = "start" | "ping" | "end" | "error";
type Events = {
  [Name in Exclude<Line["type"], OwnLines>]: Omit<Extract<Line, { type: Name }>, "type" | "p">;
};
type EventPaths = MemberPaths<Events>;

describe("the events' types", () => {
  test("the events' types are compared member by member, with the values that each member allows", () => {
    expectTypeOf<'.metadata.usage.cacheDetails?[].ttl="1h"'>().toExtend<SdkEventPaths>();
    expectTypeOf<".contentBlockDelta.delta.image.source?.bytes=string">().toExtend<SdkEventPaths>();
    expectTypeOf<".metadata.trace?.guardrail?.inputAssessment?.*.wordPolicy?.customWords[].match=string">().toExtend<SdkEventPaths>();
  });

  test("the events' types have every event, every member and every value that the SDK has", () => {
    expectTypeOf<never>().toEqualTypeOf<Exclude<SdkEventPaths, EventPaths>>();
  });

  test("the events' types add to the SDK's only strings that allow new values", () => {
    expectTypeOf<Exclude<EventPaths, SdkEventPaths>>().toExtend<`${string}=string`>();
  });
});
