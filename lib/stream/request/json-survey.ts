// Measures a JSON text before it is parsed, and finds out whether parsing would change it.
import { indexIn, isChanged } from "./json-source.ts";
import { walkJson } from "../json-text.ts";

export interface JsonLimits {
  /** How deep objects and arrays may nest. */
  depth: number;
  /** The number of objects, arrays, strings, numbers, `true`, `false` and `null`. Names do not count. */
  values: number;
}

export interface JsonSurvey {
  /** The limit that was exceeded first. The survey stops there. */
  exceeded: keyof JsonLimits | undefined;
  /** Whether parsing and serializing would change a number or the order of members. */
  isChangedByParsing: boolean;
  /** The number of names in all objects. */
  names: number;
}

export function surveyJson(text: string, limits: JsonLimits): JsonSurvey {
  const survey: JsonSurvey = { exceeded: undefined, isChangedByParsing: false, names: 0 };
  let values = 0;
  /**
   * One number for each open object or array: -1 before its first name, and then its last name if that is an array index, or
   * Infinity if it is not. `JSON.parse` moves array indices to the front.
   */
  const indices: number[] = [];
  function value(): boolean {
    if (++values <= limits.values) return false;
    survey.exceeded = "values";
    return true;
  }
  walkJson(text, {
    open() {
      if (indices.push(-1) <= limits.depth) return value();
      survey.exceeded = "depth";
      return true;
    },
    close: () => void indices.pop(),
    key(start, end) {
      survey.names++;
      const index = indexIn(text, start, end) ?? Infinity;
      const last = indices.pop() ?? -1;
      if (index < last) survey.isChangedByParsing = true;
      indices.push(index);
    },
    number(start, end) {
      if (!survey.isChangedByParsing) survey.isChangedByParsing = isChanged(text.slice(start, end));
      return value();
    },
    other: value,
  });
  return survey;
}
