// Reads the README's tables of settings: names of parameters and variables, and the defaults that stand beside them.
import { readFileSync } from "node:fs";

export interface StatedSetting {
  /** Of a parameter or of a variable. */
  name: string;
  /** Absent where the row points elsewhere, such as "see below". */
  stated: string | undefined;
}

export const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");

/** Every row of every table in Markdown that has a column for parameters or for variables. */
export function readSettingsTables(markdown: string): StatedSetting[] {
  return tablesOf(markdown).flatMap(([header = [], , ...rows]) => {
    const nameColumns = ["parameter", "variable"].map((title) => header.indexOf(title));
    const defaultColumn = header.indexOf("default");
    return nameColumns
      .filter((column) => column !== -1)
      .flatMap((column) => rows.flatMap((row) => settingsOf(row[column] ?? "", row[defaultColumn] ?? "")));
  });
}

/** Several settings may share a row: `a`, `b` | 1, 2 */
function settingsOf(names: string, defaults: string): StatedSetting[] {
  const all = [...names.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name);
  if (all.length === 0) return [];
  if (/^see |^from /.test(defaults)) return all.map((name) => ({ name, stated: undefined }));
  const values = all.length === 1 ? [defaults] : defaults.split(", ");
  if (values.length !== all.length) throw new Error(`${names} have ${values.length} defaults: ${defaults}`);
  return all.map((name, index) => ({ name, stated: valueOf(values[index] ?? "") }));
}

/** A value in backticks, or the first word: a unit or an explanation may follow it. */
function valueOf(text: string): string {
  return /^`([^`]+)`/.exec(text)?.[1] ?? /^\S*/.exec(text)?.[0] ?? "";
}

function tablesOf(markdown: string): string[][][] {
  const tables = markdown.match(/(?:^\|.*\n?)+/gm) ?? [];
  return tables.map((table) =>
    table
      .trim()
      .split("\n")
      .map((row) =>
        row
          .slice(1, -1)
          .split("|")
          .map((cell) => cell.trim()),
      ),
  );
}
