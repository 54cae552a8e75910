// Determines a request's operation, model and format. The path decides the operation: an answer in lines, the list of models, or
// one of Bedrock's own operations.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
import type { LambdaFunctionURLEvent } from "aws-lambda";
import type { Format } from "../stream/answer-format.ts";
import { ConverseError } from "../stream/converse-error.ts";
import type { Operation } from "../stream/log.ts";
import { formatOf } from "./url-request.ts";

interface Path {
  path: string;
  methods: readonly [usual: string, ...others: string[]];
  operation: Operation;
  /** If absent, the request's headers determine the format. */
  format?: Format;
}

const paths: readonly Path[] = [
  { path: "/", methods: ["POST"], operation: "Lines" },
  { path: "/models", methods: ["GET", "HEAD"], operation: "Models" },
  {
    path: "/model/{modelId}/converse-stream",
    methods: ["POST"],
    operation: "ConverseStream",
    format: "eventstream",
  },
  { path: "/model/{modelId}/converse", methods: ["POST"], operation: "Converse", format: "json" },
];

const patterned = paths.map((each) => ({
  ...each,
  // Some clients encode the slashes of an ARN and some do not, so the id may contain slashes.
  pattern: new RegExp(`^${each.path.replace("{modelId}", "(.+)")}$`),
}));

export interface Route {
  /** Undefined for a path that does not exist. */
  operation: Operation | undefined;
  format: Format;
  /** The model that the path names. */
  modelId?: string;
  /** The methods of the path, as the header `allow` lists them. */
  allowed: string;
  /** Set if the path does not exist (NotFound) or does not have the method (MethodNotAllowed). */
  error?: ConverseError;
}

/** Never throws: the response to a rejected request needs a format as well, and the log needs its operation. */
export function routeOf(event: LambdaFunctionURLEvent): Route {
  for (const { pattern, operation, format = formatOf(event), ...each } of patterned) {
    const match = pattern.exec(event.rawPath);
    if (!match) continue;
    const [, segment] = match;
    return {
      operation,
      format,
      ...(segment !== undefined && { modelId: decoded(segment) }),
      allowed: each.methods.join(", "),
      ...methodError(event.requestContext.http.method, each),
    };
  }
  // A client that requests another of Bedrock's paths expects an error in Bedrock's protocol.
  const format = event.rawPath.startsWith("/model/") ? "json" : formatOf(event);
  return { operation: undefined, format, allowed: "", error: unknownPath() };
}

function methodError(
  method: string,
  { path, methods }: Pick<Path, "path" | "methods">,
): Pick<Route, "error"> {
  if (methods.includes(method)) return {};
  const message = `Cannot use the method ${method}: ${path} does not support it; send ${methods[0]} ${path}`;
  return { error: new ConverseError("MethodNotAllowed", message) };
}

function unknownPath(): ConverseError {
  const all = paths.map(({ path, methods }) => `${methods[0]} ${path}`).join(", ");
  const message = `Cannot find this path: the service does not have it; send one of these: ${all}`;
  return new ConverseError("NotFound", message);
}

/** An id that cannot be decoded is returned as it is. No model has such an id, so the request is rejected later. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
