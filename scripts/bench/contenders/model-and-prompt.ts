// The model and the prompt of a request, for the contenders in TypeScript.
import type { LambdaFunctionURLEvent } from "aws-lambda";

export const modelId = process.env["MODEL_ID"] ?? "";

export function promptOf(event: LambdaFunctionURLEvent): string {
  return (JSON.parse(event.body ?? "") as { prompt: string }).prompt;
}
