// What the contenders have in common, so that each file shows only its own way of doing the job.
import type { LambdaFunctionURLEvent } from "aws-lambda";

export const modelId = process.env["MODEL_ID"] ?? "";

export function promptOf(event: LambdaFunctionURLEvent): string {
  return (JSON.parse(event.body ?? "") as { prompt: string }).prompt;
}
