// Reads the fields of the form. If a value is wrong, throws an error that contains the field.

export class FieldError extends Error {
  readonly field: HTMLElement;

  constructor(message: string, field: HTMLElement) {
    super(message);
    this.field = field;
  }
}

/** The example that the button "Insert a tool as an example" writes into the field with more members of the request. */
export const toolExample = JSON.stringify(
  {
    toolConfig: {
      tools: [
        {
          toolSpec: {
            name: "get_weather",
            description: "The weather in a city",
            inputSchema: {
              json: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
            },
          },
        },
      ],
    },
  },
  undefined,
  2,
);

/** Returns undefined for an empty field. */
export function readNumber(
  field: HTMLInputElement,
  name: string,
  { least, most, isWhole = false }: { least: number; most: number; isWhole?: boolean },
): number | undefined {
  const isEmpty = field.value.trim() === "";
  // `value` is also empty if the field contains text that is not a number.
  if (isEmpty && !field.validity.badInput) return undefined;
  const value = Number(field.value);
  const isRight = !isEmpty && value >= least && value <= most && (!isWhole || Number.isInteger(value));
  if (isRight) return value;
  const kind = isWhole ? "a whole number" : "a number";
  throw new FieldError(`${name}: write ${kind} from ${least} to ${most.toLocaleString("en")}.`, field);
}

/** Returns `{}` for an empty field. */
export function readObject(field: HTMLTextAreaElement): Record<string, unknown> {
  if (field.value.trim() === "") return {};
  const value = parseObject(field.value);
  if (value) return value;
  throw new FieldError("More members: write a JSON object, such as the example.", field);
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
