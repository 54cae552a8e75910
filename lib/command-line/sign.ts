// The command `deltapipe sign`: prints a signed request or a presigned URL for another program. Never prints the secret key.
import { readFile } from "node:fs/promises";
import { presignUrl, signRequest } from "../signer/index.ts";
import { UsageError } from "./command-failure.ts";
import type { SignOptions } from "./command-options.ts";
import { findTarget, isWebSocketUrl, type ServiceTarget } from "./service-target.ts";
import { dim } from "./terminal.ts";

export async function sign(options: SignOptions): Promise<void> {
  const target = findTarget(options);
  const text = isWebSocketUrl(target.url)
    ? await presign(target, options)
    : await signedRequest(target, options);
  process.stdout.write(`${text}\n`);
  process.stderr.write(`${dim("The signature is valid for five minutes")}\n`);
}

/**
 * Signs the URL itself, because programs that open WebSockets take a URL rather than headers. Rejects `--method` and `--data`,
 * because a handshake is always a GET request without a body. Also rejects `--headers`, because the signature is in the URL.
 */
async function presign({ url, region, credentials }: ServiceTarget, options: SignOptions): Promise<string> {
  const given = (["data", "method", "headers"] as const).find((name) => options[name]);
  if (given !== undefined) {
    throw new UsageError(
      `Cannot use --${given}: ${url.host} is a WebSocket API, for which a URL is signed; leave the option out`,
    );
  }
  return presignUrl(url, { credentials, region, service: "execute-api" });
}

async function signedRequest(
  { url, region, credentials }: ServiceTarget,
  options: SignOptions,
): Promise<string> {
  const body = await readBody(options.data);
  const method = (options.method ?? (body === undefined ? "GET" : "POST")).toUpperCase();
  const headers = await signRequest(
    { method, url, headers: body === undefined ? {} : { "content-type": "application/json" }, body },
    { credentials, region, service: "lambda" },
  );
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return options.headers ? lines.join("\n") : curlLine({ method, url, lines, data: options.data });
}

async function readBody(data: string | undefined): Promise<string | Buffer | undefined> {
  if (!data?.startsWith("@")) return data;
  const path = data.slice(1);
  try {
    return await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "it does not exist" : `reading it failed with ${code}`;
    throw new UsageError(`Cannot send --data "@${path}": ${reason}; check the path`);
  }
}

interface SignedRequest {
  method: string;
  url: URL;
  lines: string[];
  data: string | undefined;
}

function curlLine({ method, url, lines, data }: SignedRequest): string {
  const words = ["curl", "--no-buffer"];
  // With --request HEAD, curl would wait for a body that never arrives.
  words.push(...(method === "HEAD" ? ["--head"] : ["--request", method]));
  for (const line of lines) if (!line.startsWith("host:")) words.push("--header", quote(line));
  if (data !== undefined) words.push(data.startsWith("@") ? "--data-binary" : "--data-raw", quote(data));
  return [...words, quote(url.href)].join(" ");
}

/** Quotes an argument for a POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
