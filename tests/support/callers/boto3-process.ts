// A Python process in which boto3 makes calls. Tests that need this process are skipped if boto3 is not installed.
import type { ConverseStreamOutput } from "@aws-sdk/client-bedrock-runtime";
import { fileURLToPath } from "node:url";
import { hasPythonModule, startPython } from "./python-process.ts";

export interface Boto3Answer {
  /** The events of ConverseStream. Bytes are base64. */
  events?: ConverseStreamOutput[];
  /** The response to an operation other than ConverseStream. */
  response?: Record<string, unknown>;
  error?: string;
  status?: number | null;
}

const reader = fileURLToPath(new URL("boto3-reader.py", import.meta.url));

export const hasBoto3 = hasPythonModule("boto3");

/** `more` are arguments of boto3-reader.py after the endpoint. */
export function startBoto3(url: string, ...more: string[]) {
  const { ask, close } = startPython<Boto3Answer>([reader, url, ...more]);
  return { call: ask, close };
}
