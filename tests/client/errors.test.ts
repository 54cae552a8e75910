// The error classes: those with a partial answer have a common parent, and `instanceof` works across copies of the package.
import { describe, expect, test } from "vitest";
import * as client from "../../lib/client/index.ts";
import type * as Signer from "../../lib/signer/errors.ts";

const partial: client.Message = { role: "assistant", content: [] };
const details = { partial, retryable: false, retryAfterMs: 1 };

const classes = {
  AbortError: client.AbortError,
  AuthorizationError: client.AuthorizationError,
  ConfigurationError: client.ConfigurationError,
  RequestError: client.RequestError,
  RetryLaterError: client.RetryLaterError,
  ServiceError: client.ServiceError,
  StreamCutError: client.StreamCutError,
  StreamFailedError: client.StreamFailedError,
  TimeoutError: client.TimeoutError,
};
const names = Object.keys(classes) as (keyof typeof classes)[];

describe("an error class", () => {
  test.each(names)(
    "the class %s makes instances of itself and its parents, and of no other class",
    (name) => {
      const error = new classes[name]("x", details);
      const matching = names.filter((each) => error instanceof classes[each]);
      expect(matching).toEqual([name]);
      expect(error).toBeInstanceOf(client.DeltapipeError);
      expect(error).toBeInstanceOf(Error);
      expect(error.name).toBe(name);
      expect(error.stack).toMatch(`${name}: x\n`);
      expect(error instanceof client.IncompleteAnswerError).toBe("partial" in error);
    },
  );

  test("an error class sets retryable if the same request may succeed later", () => {
    const retryable = names.filter((name) => new classes[name]("x", details).retryable);
    expect(retryable).toEqual(["RetryLaterError", "StreamCutError", "TimeoutError"]);
  });

  test.each([
    undefined,
    null,
    1,
    "AbortError",
    {},
    new Error("x"),
    { name: "AbortError" },
    Object.create(null),
  ])("no error class recognizes %j as its instance", (value) => {
    expect(names.filter((name) => value instanceof classes[name])).toEqual([]);
    expect(value instanceof client.DeltapipeError).toBe(false);
  });

  test("no error class recognizes the platform's own AbortError", () => {
    expect(AbortSignal.abort().reason instanceof client.AbortError).toBe(false);
  });

  test("an error class recognizes instances of a subclass that a program defines", () => {
    class OwnError extends client.StreamCutError {}
    const own = new OwnError("x", { partial });
    expect(own).toBeInstanceOf(OwnError);
    expect(own).toBeInstanceOf(client.StreamCutError);
    expect(new client.StreamCutError("x", { partial })).not.toBeInstanceOf(OwnError);
  });

  test("an error has undefined, not an empty string, for unknown values", () => {
    const { code, requestId, status } = new client.ServiceError("x", { code: "", requestId: "" });
    expect([code, requestId, status]).toEqual([undefined, undefined, undefined]);
  });
});

describe("errors from another copy of the package", async () => {
  // The query makes Node load the module a second time.
  const path = "../../lib/signer/errors.ts?copy";
  const copy = (await import(/* @vite-ignore */ path)) as typeof Signer;

  test("errors from another copy of the package are recognized in both directions", () => {
    expect(copy.ConfigurationError).not.toBe(client.ConfigurationError);
    const theirs = new copy.ConfigurationError("x");
    expect(theirs).toBeInstanceOf(client.ConfigurationError);
    expect(theirs).toBeInstanceOf(client.DeltapipeError);
    expect(theirs).not.toBeInstanceOf(client.AuthorizationError);
    expect(new client.StreamCutError("x", { partial })).toBeInstanceOf(copy.DeltapipeError);
    expect(new client.ConfigurationError("x")).toBeInstanceOf(copy.ConfigurationError);
  });
});
