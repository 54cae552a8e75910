// Tests how resolvers run: what their runtime offers, and how their errors are reported.
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { loadResolver, type ResolverContext } from "../../../lib/local/appsync/resolver-code.ts";
import { createTemporaryFolder } from "../../../lib/local/temporary-folder.ts";
import { waitFor } from "../../support/deadline.ts";

const context: ResolverContext = {
  args: { id: "a" },
  arguments: { id: "a" },
  identity: null,
  source: null,
  stash: {},
  info: { fieldName: "f", parentTypeName: "Mutation", variables: {} },
};

/** Loads a resolver whose response handler has this body. `top` is code that comes before the handlers. */
async function load(body: string, top = "") {
  const folder = await createTemporaryFolder();
  onTestFinished(() => folder.remove());
  const file = join(folder.path, "resolver.js");
  const code = `import { util, extensions } from "@aws-appsync/utils";
    ${top}
    export function request(ctx) { return { payload: ctx.args }; }
    export function response(ctx) { ${body} }`;
  await writeFile(file, code);
  return loadResolver(file);
}

describe("a resolver", () => {
  test("a resolver gets the context, and its result is copied into ordinary objects", async () => {
    const code = await load("ctx.stash.count = 1; return { ...ctx.result, stash: ctx.stash };");
    const payload = (code.request(context) as { payload: unknown }).payload;
    expect(payload).toEqual({ id: "a" });
    const { value, filter } = code.response({ ...context, result: payload });
    expect(value).toEqual({ id: "a", stash: { count: 1 } });
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(filter).toBeUndefined();
  });

  test("a resolver has no access to Node's globals", async () => {
    const names = ["process", "fetch", "setTimeout", "Buffer", "globalThis.process"];
    const code = await load(`return { ${names.map((name, index) => `n${index}: typeof ${name}`).join()} };`);
    const { value } = code.response(context);
    expect(Object.values(value as object)).toEqual(names.map(() => "undefined"));
  });

  test("a resolver gets a different id from each call of util.autoId", async () => {
    const code = await load("return [util.autoId(), util.autoId()];");
    const [first, second] = code.response(context).value as string[];
    expect(first).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
    expect(second).not.toBe(first);
  });

  test("a resolver sets a subscription filter for one call only", async () => {
    const code = await load(
      "if (ctx.args.id) extensions.setSubscriptionFilter(util.transform.toSubscriptionFilter({ id: { eq: ctx.args.id } })); return null;",
    );
    const filters = [{ fieldName: "id", operator: "eq", value: "a" }];
    expect(code.response(context)).toEqual({ value: null, filter: { filterGroup: [{ filters }] } });
    expect(code.response({ ...context, args: {} }).filter).toBeUndefined();
  });

  test("an error that a resolver raises keeps its type, data and information", async () => {
    const code = await load('util.error("No", "Refused", { a: 1 }, [2]);');
    expect(() => code.response(context)).toThrow(
      expect.objectContaining({
        message: "No",
        extensions: { errorType: "Refused", data: { a: 1 }, errorInfo: [2] },
      }),
    );
    const other = await load("return util.unauthorized();");
    expect(() => other.response(context)).toThrow(
      expect.objectContaining({ extensions: expect.objectContaining({ errorType: "Unauthorized" }) }),
    );
  });

  test.each([
    ["throws", "null.member"],
    ["calls a function that the local runtime does not have", "util.time.nowISO8601()"],
    [
      "filters with an operator that the local runtime does not have",
      'util.transform.toSubscriptionFilter({ id: { contains: "a" } })',
    ],
  ])("a resolver that %s fails with AppSync's error type Code", async (_, statement) => {
    const code = await load(`return ${statement};`);
    expect(() => code.response(context)).toThrow(
      expect.objectContaining({ extensions: expect.objectContaining({ errorType: "Code" }) }),
    );
  });

  test("a resolver that fails causes a warning with the reason", async () => {
    const code = await load("return null.member;");
    const warned = waitFor("the warning", once(process, "warning"));
    expect(() => code.response(context)).toThrow("Runtime Error");
    expect(String((await warned)[0])).toMatch(/resolver\.js: TypeError: Cannot read properties of null/);
  });

  test("a resolver with an import that AppSync does not have cannot be loaded", async () => {
    await expect(load("return null;", 'import other from "other-package";')).rejects.toThrow("other-package");
  });
});
