// Checks the parts of a request other than the conversation: system texts, tools and inference parameters.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
import { checkGuardContent } from "./check-content-block.ts";
import { checkName, checkRange } from "./constraints.ts";
import { checkEnforceable, checkOutputConfig } from "./output-format.ts";
import {
  checkText,
  emptyValue,
  isPresent,
  requireList,
  requireObject,
  requireUnion,
  ValidationError,
} from "./validation-error.ts";
import type { JsonObject } from "../../../wire.ts";

export const systemBlocks = ["text", "guardContent", "cachePoint"] as const;
export const tools = ["toolSpec", "systemTool", "cachePoint"] as const;

/** `needsTools` says whether the conversation uses tools, so that `toolConfig` is required. Throws `ValidationError`. */
export function checkSettings(body: JsonObject, needsTools: boolean): void {
  if (isPresent(body["system"])) checkSystem(body["system"]);
  if (isPresent(body["toolConfig"])) checkTools(requireObject(body["toolConfig"], "toolConfig"));
  else if (needsTools) {
    throw new ValidationError(
      "The toolConfig field must be defined when using toolUse and toolResult content blocks.",
    );
  }
  checkOutputConfig(body["outputConfig"]);
  if (isPresent(body["inferenceConfig"])) {
    checkInference(requireObject(body["inferenceConfig"], "inferenceConfig"));
  }
}

function checkSystem(system: unknown): void {
  requireList(system, "system").forEach((block, index) => {
    const path = `system.${index}`;
    const [kind, content] = requireUnion(block, { path, shape: "SystemContentBlock", keys: systemBlocks });
    // https://github.com/spring-projects/spring-ai/pull/6209
    if (content === "") throw emptyValue(`${path}.text`);
    if (kind === "text") checkText(content, path, "SystemContentBlock");
    else if (kind === "guardContent") checkGuardContent(content, path);
  });
}

function checkTools(configuration: JsonObject): void {
  const list = requireList(configuration["tools"], "toolConfig.tools");
  if (list.length === 0) throw emptyValue("toolConfig.tools");
  const names = list.flatMap((tool, index) => {
    const path = `toolConfig.tools.${index}`;
    const [kind, content] = requireUnion(tool, { path, shape: "Tool", keys: tools });
    return kind === "toolSpec" ? checkSpecification(requireObject(content, `${path}.toolSpec`), path) : [];
  });
  if (new Set(names).size < names.length) {
    throw new ValidationError("The toolConfig contains duplicate tool names. Rename the tool and try again.");
  }
}

/** Returns the name of the tool. */
function checkSpecification({ name, description, inputSchema, strict }: JsonObject, path: string): string {
  const inside = `${path}.toolSpec`;
  checkName(name, `${inside}.name`);
  if (description === "") {
    throw emptyValue(`${inside}.description`);
  }
  const schema = requireObject(inputSchema, `${inside}.inputSchema`)["json"];
  if (requireObject(schema, `${inside}.inputSchema.json`)["type"] !== "object") {
    throw new ValidationError(
      `The value at ${inside}.inputSchema.json.type must be one of the following: object.`,
    );
  }
  if (strict === true) checkEnforceable(schema, `tools.${String(name)}.input_schema`);
  return String(name);
}

function checkInference({ maxTokens, temperature, topP }: JsonObject): void {
  checkRange(maxTokens, "inferenceConfig.maxTokens", 1, Infinity);
  checkRange(temperature, "inferenceConfig.temperature", 0, 1);
  checkRange(topP, "inferenceConfig.topP", 0, 1);
}
