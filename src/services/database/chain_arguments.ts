import { didYouMean } from "../../core/did_you_mean.ts";
import { TaskerError } from "../../core/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import { jsonType } from "../json_type.ts";
import { checkIdentifier } from "./names.ts";
import type { Columns, Filter } from "./query.ts";
import { isPlainText } from "./values.ts";

/** Values of one `in`, and characters of one pattern. */
const MOST_VALUES = 10_000;
const LONGEST_PATTERN = 1_000;

export function invalid(message: string, hint?: string): TaskerError {
  return new TaskerError("INVALID_INPUT", `database: ${message}`, hint === undefined ? {} : { hint });
}

/** `"*"`, nothing, or names with commas between. */
export function readColumns(value: Json | undefined): Columns {
  if (value === undefined || value === null || value === "" || value === "*") return "*";
  if (typeof value !== "string") throw invalid(`select takes column names in one text, not ${jsonType(value)}`);
  return [...new Set(value.split(",").map((name) => checkIdentifier("column", name.trim())))];
}

/** An options object with no key but the known ones. */
export function readOptions(step: string, value: Json | undefined, known: readonly string[]): JsonObject {
  if (value === undefined || value === null) return {};
  if (!isJsonObject(value)) throw invalid(`the options of ${step} must be an object, not ${jsonType(value)}`);
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) throw invalid(`${step} has no option "${key.slice(0, 60)}"`, didYouMean(key, known));
  }
  return value;
}

export function readFlag(step: string, options: JsonObject, key: string, otherwise: boolean): boolean {
  const value = options[key] ?? otherwise;
  if (typeof value !== "boolean") throw invalid(`${key} of ${step} must be true or false`);
  return value;
}

/** One row or a list of rows; an `id` of null is one that is not given. */
export function readRows(step: string, value: Json | undefined): JsonObject[] {
  const rows: readonly (Json | undefined)[] = Array.isArray(value) ? value : [value];
  return rows.map((row) => {
    const { id, ...rest } = readRow(step, row);
    return id === null || id === undefined ? rest : { id, ...rest };
  });
}

export function readRow(step: string, value: Json | undefined): JsonObject {
  if (!isJsonObject(value)) throw invalid(`a row given to ${step} must be an object, not ${jsonType(value)}`);
  for (const column of Object.keys(value)) checkIdentifier("column", column);
  return value;
}

export function readCount(step: string, value: Json | undefined): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw invalid(`${step} takes a whole number from 0`);
}

export function readFilter(test: Filter["test"], args: readonly Json[]): Filter {
  const column = checkIdentifier("column", args[0]);
  const value = args[1];
  if (args.length !== 2 || value === undefined) throw invalid(`${test} takes a column and a value`);
  switch (test) {
    case "eq":
    case "neq":
      if (value === null) {
        throw invalid(`${test} cannot compare with null`, `null equals nothing: use is("${column}", null)`);
      }
      return { test, column, value };
    case "gt":
    case "gte":
    case "lt":
    case "lte":
      if (typeof value === "number" || (typeof value === "string" && isPlainText(value))) {
        return { test, column, value };
      }
      throw invalid(`${test} compares numbers or text, not ${jsonType(value)}`);
    case "like":
    case "ilike":
      if (typeof value === "string" && isPlainText(value) && value.length <= LONGEST_PATTERN) {
        return { test, column, pattern: value };
      }
      throw invalid(`${test} takes a pattern of at most ${LONGEST_PATTERN} characters`, 'such as "%report%"');
    case "in":
      if (Array.isArray(value) && value.length <= MOST_VALUES) return { test, column, values: value };
      throw invalid(`in takes a list of at most ${MOST_VALUES} values`);
    case "is":
      if (value === null || typeof value === "boolean") return { test, column, value };
      throw invalid("is takes null, true or false", "use eq for other values");
  }
}
