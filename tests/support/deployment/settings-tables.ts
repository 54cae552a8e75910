// Reads the README's settings tables: parameters, their variables and their defaults.
import { readFileSync } from "node:fs";

export interface DocumentedSetting {
  parameter: string | undefined;
  variable: string | undefined;
  /** The default in the table. Undefined if the cell refers to another place, such as "see below". */
  stated: string | undefined;
}

export const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");

/**
 * Reads every Markdown table with a column for parameters, for variables, or for both. Names are in backticks. A row
 * may have several of them, with as many defaults: "`maxTools`, `maxImages`" and "128, 20".
 */
export function readSettingsTables(markdown: string): DocumentedSetting[] {
  return tablesIn(markdown).flatMap(([header = [], , ...rows]) => {
    const column = (title: RegExp) => header.findIndex((cell) => title.test(cell));
    const columns = [
      column(/^(deploy(ment)? )?parameters?$/i),
      column(/^(environment )?variables?$/i),
    ] as const;
    if (columns.every((index) => index === -1)) return [];
    const defaults = column(/^defaults?$/i);
    return rows.flatMap((row) => settingsIn(row[columns[0]], row[columns[1]], row[defaults] ?? ""));
  });
}

function settingsIn(parameterCell = "", variableCell = "", defaultCell: string): DocumentedSetting[] {
  const parameters = namesIn(parameterCell);
  const variables = namesIn(variableCell);
  const count = Math.max(parameters.length, variables.length);
  const defaults = defaultsIn(defaultCell, count);
  return Array.from({ length: count }, (_, index) => ({
    parameter: parameters[index],
    variable: variables[index],
    stated: defaults[index],
  }));
}

function namesIn(cell: string): string[] {
  return [...cell.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name);
}

function defaultsIn(cell: string, count: number): (string | undefined)[] {
  if (/^(see|from) /.test(cell)) return [];
  const defaults = count === 1 ? [cell] : cell.split(", ");
  if (defaults.length !== count) {
    const found = `${defaults.length} ${defaults.length === 1 ? "default" : "defaults"}`;
    throw new Error(`Cannot read a row of ${count} settings: it has ${found}: ${cell}`);
  }
  return defaults.map(valueIn);
}

/** A value in backticks, or else the first word. A unit or an explanation may follow it. */
function valueIn(text: string): string {
  return /^`([^`]+)`/.exec(text)?.[1] ?? /^\S*/.exec(text)?.[0] ?? "";
}

function tablesIn(markdown: string): string[][][] {
  const tables = markdown.match(/(?:^\|.*\n?)+/gm) ?? [];
  return tables.map((table) => table.trim().split("\n").map(cellsIn));
}

function cellsIn(row: string): string[] {
  return row
    .slice(1, -1)
    .split("|")
    .map((cell) => cell.trim());
}
