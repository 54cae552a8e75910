// Tests `createPartialJson` on every prefix of generated JSON texts, and on texts that are not JSON.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createPartialJson } from "../../../lib/client/structured/partial-json.ts";
import { parameters } from "../../support/generated.ts";

/** The values that `take` returns if it is called after each piece. */
function valuesOf(pieces: Iterable<string>): unknown[] {
  const json = createPartialJson();
  const values: unknown[] = [];
  for (const piece of pieces) {
    json.add(piece);
    values.push(json.take());
  }
  values.push(json.take(true));
  return values.filter((value) => value !== undefined);
}

function lastOf(text: string): unknown {
  return valuesOf([text]).at(-1);
}

/** Whether more characters, items and members can turn `part` into `whole`. */
function isPrefix(part: unknown, whole: unknown): boolean {
  if (typeof part === "string") return typeof whole === "string" && whole.startsWith(part);
  if (Array.isArray(part)) {
    return (
      Array.isArray(whole) && part.every((item, index) => index in whole && isPrefix(item, whole[index]))
    );
  }
  if (typeof part !== "object" || part === null) return Object.is(part, whole);
  return (
    typeof whole === "object" &&
    whole !== null &&
    !Array.isArray(whole) &&
    Object.entries(part).every(
      ([key, member]) => Object.hasOwn(whole, key) && isPrefix(member, own(whole, key)),
    )
  );
}

function own(value: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(value, key)?.value;
}

const written = fc
  .tuple(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(undefined, 1, "\t"), fc.boolean())
  .map(([value, indent, escaped]) => {
    const text = JSON.stringify(value, undefined, indent);
    return escaped ? text.replaceAll(/[^\0-\x7f]/g, escape) : text;
  });

function escape(character: string): string {
  return [...Array(character.length).keys()]
    .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`)
    .join("");
}

describe("each prefix of a JSON text", () => {
  test("each prefix of a JSON text gives a value that grows with each piece, until it is the value of JSON.parse", () => {
    fc.assert(
      fc.property(written, (text) => {
        const whole: unknown = JSON.parse(text);
        const values = valuesOf(text);
        expect(values.at(-1)).toEqual(whole);
        let before = values[0];
        for (const value of values) {
          expect(isPrefix(value, whole), JSON.stringify(value)).toBe(true);
          expect(isPrefix(before, value), `${JSON.stringify(before)} before ${JSON.stringify(value)}`).toBe(
            true,
          );
          before = value;
        }
      }),
      parameters(300),
    );
  });

  test("a prefix of a JSON text gives its value only once if the text ends there", () => {
    fc.assert(
      fc.property(written, fc.nat(), (text, at) => {
        const json = createPartialJson();
        const prefix = text.slice(0, at % (text.length + 1));
        json.add(prefix);
        const value = json.take(true);
        if (value !== undefined) expect(isPrefix(value, JSON.parse(text)) || /^[-\d]/.test(text)).toBe(true);
        expect(json.take(true)).toBeUndefined();
      }),
      parameters(300),
    );
  });

  test("a JSON text gives the same last value however it is cut into pieces", () => {
    fc.assert(
      fc.property(written, fc.array(fc.integer({ min: 1, max: 9 })), (text, sizes) => {
        const pieces: string[] = [];
        for (let at = 0, turn = 0; at < text.length; turn += 1) {
          const size = sizes[turn % Math.max(1, sizes.length)] ?? 1;
          pieces.push(text.slice(at, at + size));
          at += size;
        }
        expect(valuesOf(pieces).at(-1)).toEqual(JSON.parse(text));
      }),
      parameters(300),
    );
  });

  test.each<[string, unknown]>([
    ["", undefined],
    [" \n", undefined],
    ["{", {}],
    ['{"na', {}],
    ['{"name"', {}],
    ['{"name":', {}],
    ['{"name":"A', { name: "A" }],
    ['{"name":"A\\', { name: "A" }],
    ['{"name":"A\\u00e', { name: "A" }],
    ['{"name":"A\\ud83d', { name: "A" }],
    ['{"name":"A\\ud83d\\ude00', { name: "A😀" }],
    ['{"name":"A\\ud83d"', { name: "A\ud83d" }],
    ['{"count":12', {}],
    ['{"count":12,', { count: 12 }],
    ['{"sure":tru', {}],
    ['{"sure":true}', { sure: true }],
    ['{"keys":[1,20,30', { keys: [1, 20] }],
    ['{"keys":[[],{"a":null', { keys: [[], {}] }],
    ['{"__proto__":{"a":1', JSON.parse('{"__proto__":{}}')],
    ["12", 12],
    ['["a', ["a"]],
  ])("a prefix of a JSON text gives the part that has arrived: %s", (text, value) => {
    const json = createPartialJson();
    json.add(text);
    // `take(true)` says that the text ends here, and `take(false)` that more text may follow.
    expect(json.take(text === "12" || text === '["a')).toEqual(value);
  });
});

describe("a text that is not JSON", () => {
  test.each([
    ["prose", "The weather is fine."],
    ["text before the object", 'Here it is: {"a":1}'],
    ["a fence", '```json\n{"a":1}\n```'],
    ["a misspelt literal", "nul "],
    ["a closing bracket", "}"],
  ])("a text that is not JSON gives nothing: %s", (_, text) => expect(lastOf(text)).toBeUndefined());

  test.each<[string, string, unknown]>([
    ["text after the object", '{"a":1} I hope this helps {"b":2}', { a: 1 }],
    ["an unknown escape", '{"a":"b\\q","c":1}', { a: "b" }],
    ["a broken escape", '{"a":"b\\u12x4","c":1}', { a: "b" }],
    ["an escape in capitals", '{"a":"b\\N","c":1}', { a: "b" }],
    ["a Unicode escape with a capital U", '{"a":"b\\U0041","c":1}', { a: "b" }],
    ["a word among the members", '{"a":1,"b":undefined,"c":2}', { a: 1 }],
  ])("a text with a mistake gives the part before the mistake: %s", (_, text, value) => {
    expect(lastOf(text)).toEqual(value);
    expect(valuesOf(text).at(-1)).toEqual(value);
  });

  test("a text never causes an error, whatever it contains", () => {
    const pieces = fc.array(fc.oneof(fc.string(), fc.constantFrom(...'{}[],:"\\u0123truefalsenull-e. \n')));
    fc.assert(
      fc.property(pieces, (text) => void valuesOf(text)),
      parameters(500),
    );
  });
});

describe("the values", () => {
  test("the values are not changed by later pieces", () => {
    const json = createPartialJson();
    json.add('{"list":[1,{"a":"b');
    const early = json.take();
    json.add('c"},2],"more":true}');
    expect(early).toEqual({ list: [1, { a: "b" }] });
    expect(json.take()).toEqual({ list: [1, { a: "bc" }, 2], more: true });
  });

  test("the values share their complete objects and arrays", () => {
    const json = createPartialJson();
    json.add('{"list":[{"a":1},{"b":');
    const early = json.take() as { list: object[] };
    json.add("2}");
    const late = json.take() as { list: object[] };
    expect(late.list[0]).toBe(early.list[0]);
    expect(late.list).not.toBe(early.list);
  });

  test("the values are returned only once: take() returns undefined until the value has changed", () => {
    const json = createPartialJson();
    json.add('{"a":1,');
    expect(json.take()).toEqual({ a: 1 });
    expect(json.take()).toBeUndefined();
    json.add('"key without its value":');
    expect(json.take()).toBeUndefined();
  });

  test("copying takes time in proportion to the text, even for a list of 20,000 items", () => {
    const text = JSON.stringify(Array.from({ length: 20_000 }, (_, index) => index));
    const json = createPartialJson();
    let copied = 0;
    let last: unknown;
    for (const character of text) {
      json.add(character);
      const value = json.take() as unknown[] | undefined;
      copied += value?.length ?? 0;
      last = value ?? last;
    }
    expect(JSON.stringify(last) === text).toBe(true);
    expect(copied).toBeLessThan(65 * text.length);
  });
});
