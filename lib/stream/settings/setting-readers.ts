// How the value of one environment variable is read: each reader gives its default for an absent one, or throws.

export type Reader<T> = (value: string | undefined) => T;

const largestCount = 999_999_999;

export function count(fallback: number, most = largestCount): Reader<number> {
  return (value = String(fallback)) => {
    if (!/^[1-9]\d{0,8}$/.test(value)) throw new Error(`expected a whole number above 0, found "${value}"`);
    if (Number(value) > most) throw new Error(`expected at most ${most}, found "${value}"`);
    return Number(value);
  };
}

export function seconds(fallback: number): Reader<number> {
  return (value = String(fallback)) => {
    if (!/^\d{1,6}(\.\d+)?$/.test(value) || Number(value) === 0) {
      throw new Error(`expected seconds above 0, found "${value}"`);
    }
    return Number(value) * 1000;
  };
}

export interface Guardrail {
  guardrailIdentifier: string;
  guardrailVersion: string;
}

export function guardrail(value: string | undefined): Guardrail | undefined {
  if (value === undefined) return undefined;
  const [, guardrailIdentifier, guardrailVersion] = /^(.+):([1-9]\d*|DRAFT)$/.exec(value) ?? [];
  if (guardrailIdentifier === undefined || guardrailVersion === undefined) {
    throw new Error(`expected <guardrail id or ARN>:<version>, found "${value}"`);
  }
  return { guardrailIdentifier, guardrailVersion };
}

/** One of the names; the first is the default. */
export function oneOf<Name extends string>(fallback: Name, ...others: Name[]): Reader<Name> {
  const names = [fallback, ...others];
  return (value = fallback) => {
    const found = names.find((name) => name === value);
    if (found === undefined) throw new Error(`expected one of ${names.join(", ")}, found "${value}"`);
    return found;
  };
}

/** Some of the names, separated by commas. */
export function some<Name extends string>(...names: Name[]): Reader<ReadonlySet<Name>> {
  return (value = "") => {
    const found = value.split(",").map((name) => name.trim() as Name);
    const given = found.filter((name) => name !== ("" as Name));
    const unknown = given.find((name) => !names.includes(name));
    if (unknown !== undefined) throw new Error(`expected some of ${names.join(", ")}, found "${unknown}"`);
    return new Set(given);
  };
}
