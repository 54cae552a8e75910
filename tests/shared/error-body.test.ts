// Tests how AWS's error responses are read: bodies that are too long, break off or never end, and the name of the error.
import { PassThrough, Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { errorNameIn, readErrorBody } from "../../lib/shared/error-body.ts";
import { generousSeconds, scaled, waitFor } from "../support/deadline.ts";

const generousMs = generousSeconds * 1000;

describe("readErrorBody()", () => {
  test("readErrorBody() joins the chunks before it decodes them", async () => {
    const chunks = [...Buffer.from(`{"message":"é模🦊"}`)].map((byte) => Buffer.from([byte]));
    expect(await readErrorBody(Readable.from(chunks), generousMs)).toBe(`{"message":"é模🦊"}`);
  });

  test("readErrorBody() accepts a body of 64 KiB, and ignores and destroys a longer body", async () => {
    const longest = Readable.from([Buffer.alloc(65_536, "x")]);
    expect((await readErrorBody(longest, generousMs)).length).toBe(65_536);
    const endless = new Readable({
      read() {
        this.push(Buffer.alloc(10_000));
      },
    });
    expect(await readErrorBody(endless, generousMs)).toBe("");
    expect(endless.destroyed).toBe(true);
  });

  test("readErrorBody() returns an empty text for a body that breaks off", async () => {
    const body = new PassThrough();
    body.write(`{"message":`);
    const text = readErrorBody(body, generousMs);
    body.destroy(new Error("The connection was reset"));
    expect(await text).toBe("");
  });

  test("readErrorBody() destroys a body that does not end in time", async () => {
    const body = new PassThrough();
    body.write(`{"message":`);
    expect(await waitFor("the end of the wait", readErrorBody(body, scaled(50)))).toBe("");
    expect(body.destroyed).toBe(true);
  });
});

describe("errorNameIn()", () => {
  test.each([
    ["ThrottlingException", "ThrottlingException"],
    ["ThrottlingException:http://internal.amazon.com/coral/", "ThrottlingException"],
    ["com.amazon.coral#ThrottlingException", "ThrottlingException"],
    ["com.amazon.coral#ThrottlingException:http://internal.amazon.com/#top", "ThrottlingException"],
    ["ThrottlingException,Other", "ThrottlingException"],
    ["", ""],
  ])("errorNameIn() finds in %j the name %j", (errorType, name) => {
    expect(errorNameIn(errorType)).toBe(name);
  });
});
