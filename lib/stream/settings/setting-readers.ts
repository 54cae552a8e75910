// Readers for the values of environment variables: counts, times, names, a guardrail.

/**
 * Reads a variable's value. If the variable is unset or empty, the value is `undefined`, and the reader returns the default.
 * Throws an Error whose message continues a sentence that begins with the setting's name.
 */
export type Reader<T> = (value: string | undefined) => T;

const largestCount = 999_999_999;

/** A whole number above 0. */
export function count(fallback: number, most = largestCount): Reader<number> {
  return (value) => {
    if (value === undefined) return fallback;
    const number = Number(value);
    if (!/^[1-9]\d{0,8}$/.test(value) || number > most)
      throw wrong(value, `a whole number from 1 to ${most}`);
    return number;
  };
}

/** Seconds, possibly with a fraction. Returns milliseconds. */
export function seconds(fallback: number): Reader<number> {
  return (value) => {
    if (value === undefined) return fallback * 1000;
    if (!/^\d{1,6}(\.\d+)?$/.test(value) || Number(value) === 0) {
      throw wrong(value, "a number of seconds above 0, below 1000000");
    }
    return Number(value) * 1000;
  };
}

/** A whole number of milliseconds, which may be 0. */
export function milliseconds(fallback: number, most: number): Reader<number> {
  return (value) => {
    if (value === undefined) return fallback;
    if (/^\d{1,9}$/.test(value) && Number(value) <= most) return Number(value);
    throw wrong(value, `a whole number of milliseconds from 0 to ${most}`);
  };
}

/** A whole number of minutes. Returns milliseconds, or undefined by default. */
export function minutes(least: number, most: number): Reader<number | undefined> {
  return (value) => {
    if (value === undefined) return undefined;
    if (/^\d{1,9}$/.test(value) && Number(value) >= least && Number(value) <= most)
      return Number(value) * 60_000;
    throw wrong(value, `a whole number of minutes from ${least} to ${most}`);
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
    throw wrong(value, "<guardrail id or ARN>:<version>");
  }
  return { guardrailIdentifier, guardrailVersion };
}

/** One of the names. The first is the default. */
export function oneOf<Name extends string>(fallback: Name, ...others: Name[]): Reader<Name> {
  const names = [fallback, ...others];
  return (value = fallback) => {
    const found = names.find((name) => name === value);
    if (found === undefined) throw wrong(value, `one of ${names.join(", ")}`);
    return found;
  };
}

/** Any of the names, separated by commas. None is the default. */
export function someOf<Name extends string>(...names: Name[]): Reader<ReadonlySet<Name>> {
  return (value = "") => {
    const found = value.split(",").map((name) => name.trim() as Name);
    const given = found.filter((name) => name !== ("" as Name));
    const unknown = given.find((name) => !names.includes(name));
    if (unknown !== undefined)
      throw new Error(`contains ${JSON.stringify(unknown)}; choose from ${names.join(", ")}`);
    return new Set(given);
  };
}

function wrong(value: string, expected: string): Error {
  return new Error(`is ${JSON.stringify(value)}; set it to ${expected}`);
}
