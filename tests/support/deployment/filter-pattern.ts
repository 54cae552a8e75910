// Evaluates CloudWatch Logs' filter patterns for JSON. Supports only the syntax that the service uses.
//
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html

type Matcher = (event: unknown) => boolean;

const token = /\s*(&&|\|\||[(){}]|NOT EXISTS|>=|<=|!=|=|<|>|\$[\w.]+|"[^"]*"|-?\d+(?:\.\d+)?)/y;

/** Returns a function that checks whether an event matches the pattern. Throws if it cannot read the pattern. */
export function compilePattern(pattern: string): Matcher {
  const tokens = tokensOf(pattern);
  let at = 0;
  const next = (): string => tokens[at++] ?? "the end";
  const isNext = (text: string): boolean => tokens[at] === text && at++ >= 0;

  function expect(text: string): void {
    const found = next();
    if (found !== text) throw new Error(`Cannot read ${pattern}: found ${found} instead of ${text}`);
  }

  function anyOf(): Matcher {
    const matchers = [allOf()];
    while (isNext("||")) matchers.push(allOf());
    return (event) => matchers.some((matches) => matches(event));
  }

  function allOf(): Matcher {
    const matchers = [one()];
    while (isNext("&&")) matchers.push(one());
    return (event) => matchers.every((matches) => matches(event));
  }

  function one(): Matcher {
    if (isNext("(")) {
      const matcher = anyOf();
      expect(")");
      return matcher;
    }
    const [selector, operator] = [next(), next()];
    if (!selector.startsWith("$."))
      throw new Error(`Cannot read ${pattern}: found ${selector} instead of a selector`);
    if (operator === "NOT EXISTS") return (event) => select(event, selector) === undefined;
    const operand = next();
    return (event) => compare(select(event, selector), operator, operand);
  }

  expect("{");
  const matcher = anyOf();
  expect("}");
  if (at !== tokens.length) throw new Error(`Cannot read ${pattern}: found text after its end`);
  return matcher;
}

/** Returns the value to which a selector such as `$.a.b` points. */
export function select(event: unknown, selector: string): unknown {
  let value = event;
  for (const name of selector.slice(2).split("."))
    value = (value as Record<string, unknown> | undefined)?.[name];
  return value;
}

function tokensOf(pattern: string): string[] {
  const tokens: string[] = [];
  token.lastIndex = 0;
  for (let at = 0; pattern.slice(at).trim() !== ""; at = token.lastIndex) {
    const found = token.exec(pattern)?.[1];
    if (found === undefined)
      throw new Error(`Cannot read ${pattern}: found an unknown token at ${pattern.slice(at)}`);
    tokens.push(found);
  }
  return tokens;
}

/** A field that is missing or has another type matches no condition. */
function compare(value: unknown, operator: string, operand: string): boolean {
  if (operand.startsWith('"')) {
    if (typeof value !== "string") return false;
    const isEqual = wildcard(operand.slice(1, -1)).test(value);
    if (operator === "=") return isEqual;
    if (operator === "!=") return !isEqual;
    throw new Error(`Cannot compare strings with ${operator}`);
  }
  if (typeof value !== "number") return false;
  const number = Number(operand);
  const results: Record<string, boolean> = {
    "=": value === number,
    "!=": value !== number,
    ">": value > number,
    ">=": value >= number,
    "<": value < number,
    "<=": value <= number,
  };
  return results[operator] ?? false;
}

function wildcard(text: string): RegExp {
  const literal = text.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${literal.replaceAll("*", ".*")}$`, "s");
}
