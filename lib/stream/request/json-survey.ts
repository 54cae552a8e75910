// What a JSON text holds, told before it is parsed: too much of it, or something that parsing would change.
import { indexIn, isChanged } from "./json-source.ts";
import { walkJson } from "../json-text.ts";

export interface JsonLimits {
  /** Objects and arrays within each other. */
  depth: number;
  /** Objects, arrays, texts, numbers, `true`, `false` and `null`; names do not count. */
  values: number;
}

export interface JsonSurvey {
  /** The limit that is passed first: nothing is read beyond it. */
  exceeded: keyof JsonLimits | undefined;
  /** Whether a number, or the order of members, would not be as it was sent. */
  isChangedByParsing: boolean;
  /** The names in all objects. */
  names: number;
}

export function surveyJson(text: string, limits: JsonLimits): JsonSurvey {
  const survey: JsonSurvey = { exceeded: undefined, isChangedByParsing: false, names: 0 };
  let values = 0;
  /** The last index among each open object's names; infinite after a name that is none. */
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
