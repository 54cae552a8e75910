// Checks and converts the values of options such as `--port`. Each function throws `UsageError` for an unusable value.
import { UsageError } from "./command-failure.ts";

export function readIdempotencyKey(text: string): string {
  if (/^[!-~]{16,128}$/.test(text)) return text;
  throw new UsageError(
    "Cannot use the idempotency key: it must have 16 to 128 visible ASCII characters, without spaces; use a UUID, as uuidgen prints it",
  );
}

export function readMaxTokens(text: string | undefined): number | undefined {
  if (text === undefined || /^[1-9]\d{0,8}$/.test(text)) return text === undefined ? text : Number(text);
  throw new UsageError(`Cannot use --max-tokens: it is "${text}"; set a whole number from 1 to 999999999`);
}

export function readPort(text: string | undefined, usual: number): number {
  if (text === undefined) return usual;
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new UsageError(`Cannot use --port: it is "${text}"; set a number from 0 (any free port) to 65535`);
}

export function readTemperature(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^(0|1|[01]?\.\d+)$/.test(text) && Number(text) <= 1) return Number(text);
  throw new UsageError(`Cannot use --temperature: it is "${text}"; set a number from 0 to 1`);
}
