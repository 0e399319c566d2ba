import { didYouMean } from "../../core/did_you_mean.ts";
import { TaskerError } from "../../core/errors.ts";
import { isJsonObject, type Json } from "../../core/json.ts";
import {
  invalid,
  readColumns,
  readCount,
  readFilter,
  readFlag,
  readOptions,
  readRow,
  readRows,
} from "./chain_arguments.ts";
import { checkIdentifier } from "./names.ts";
import type { Action, Filter, Order, Query } from "./query.ts";

const ACTIONS = ["select", "insert", "upsert", "update", "delete"];
const FILTERS = ["eq", "neq", "gt", "gte", "lt", "lte", "like", "ilike", "in", "is"] as const;
const MODIFIERS = ["match", "order", "limit", "range", "single", "maybeSingle", "throwOnError"];
const STEPS: readonly string[] = ["from", ...ACTIONS, ...FILTERS, ...MODIFIERS];
const LONGEST_CHAIN = 100;

/** The steps of a dotted chain; throws METHOD_UNKNOWN for what is no step, INVALID_INPUT for what is no chain. */
export function chainSteps(method: string): string[] {
  const steps = method.split(".");
  for (const step of steps.slice(0, LONGEST_CHAIN)) {
    if (STEPS.includes(step)) continue;
    throw new TaskerError("METHOD_UNKNOWN", `database has no ${JSON.stringify(step.slice(0, 60))}`, {
      hint: didYouMean(step, STEPS),
    });
  }
  if (steps.length > LONGEST_CHAIN) throw invalid(`a chain has at most ${LONGEST_CHAIN} steps`);
  if (steps[0] !== "from" || steps.indexOf("from", 1) !== -1 || !ACTIONS.includes(steps[1] ?? "")) {
    throw invalid("a chain begins with from(table) and what to do", 'such as from("people").select("*")');
  }
  return steps;
}

/** What a chain means: `method` its steps with dots between, `args` one array of arguments for each step. */
export function parseChain(method: string, args: readonly Json[]): Query {
  const steps = chainSteps(method);
  if (args.length !== steps.length || !args.every((given) => Array.isArray(given))) {
    throw invalid("each step of a chain needs its own array of arguments", '[["people"], ["*"], ["age", 3]]');
  }
  const given = args as readonly (readonly Json[])[];
  const query = {
    table: checkIdentifier("table", given[0]![0]),
    action: readAction(steps[1]!, given[1]!),
    filters: [] as Filter[],
    order: [] as Order[],
    limit: undefined as number | undefined,
    offset: 0,
    rows: "many" as Query["rows"],
    returning: undefined as Query["returning"],
    throwOnError: false,
  };
  steps.slice(2).forEach((step, index) => modify(query, step, given[index + 2]!));
  checkTogether(query);
  return query;
}

type Draft = { -readonly [key in keyof Query]: Query[key] } & { filters: Filter[]; order: Order[] };

function modify(query: Draft, step: string, args: readonly Json[]): void {
  if ((FILTERS as readonly string[]).includes(step)) {
    query.filters.push(readFilter(step as Filter["test"], args));
    return;
  }
  switch (step) {
    case "select":
      if (query.action.type === "select") throw invalid("select is in the chain twice");
      query.returning = readColumns(args[0]);
      break;
    case "match":
      if (!isJsonObject(args[0])) throw invalid("match takes an object of columns and values");
      for (const [column, value] of Object.entries(args[0])) query.filters.push(readFilter("eq", [column, value]));
      break;
    case "order":
      query.order.push(readOrder(args));
      break;
    case "limit":
      query.limit = readCount("limit", args[0]);
      break;
    case "range": {
      query.offset = readCount("range", args[0]);
      query.limit = Math.max(0, readCount("range", args[1]) - query.offset + 1);
      break;
    }
    case "single":
    case "maybeSingle":
      query.rows = step;
      break;
    case "throwOnError":
      query.throwOnError = true;
      break;
    default:
      throw invalid(`${query.action.type} and ${step} cannot be in one chain`);
  }
}

function readAction(step: string, args: readonly Json[]): Action {
  switch (step) {
    case "select": {
      const options = readOptions(step, args[1], ["count", "head"]);
      const count = options.count ?? null;
      if (count !== null && count !== "exact") throw invalid('count of select must be "exact"');
      return {
        type: "select",
        columns: readColumns(args[0]),
        count: count === "exact",
        head: readFlag(step, options, "head", false),
      };
    }
    case "insert":
      readOptions(step, args[1], ["count", "defaultToNull"]);
      return { type: "insert", rows: readRows(step, args[0]) };
    case "upsert": {
      const options = readOptions(step, args[1], ["onConflict", "ignoreDuplicates", "count", "defaultToNull"]);
      const onConflict = options.onConflict === undefined ? "*" : readColumns(options.onConflict);
      return {
        type: "upsert",
        rows: readRows(step, args[0]),
        onConflict: onConflict === "*" ? undefined : onConflict,
        ignoreDuplicates: readFlag(step, options, "ignoreDuplicates", false),
      };
    }
    case "update": {
      readOptions(step, args[1], ["count"]);
      const values = readRow(step, args[0]);
      if (Object.keys(values).length === 0) throw invalid("update was given no values");
      return { type: "update", values };
    }
    default:
      readOptions(step, args[0], ["count"]);
      return { type: "delete" };
  }
}

/** Ascending unless told, and nulls where PostgreSQL has them: last when ascending, first when descending. */
function readOrder(args: readonly Json[]): Order {
  const options = readOptions("order", args[1], ["ascending", "nullsFirst"]);
  const ascending = readFlag("order", options, "ascending", true);
  return {
    column: checkIdentifier("column", args[0]),
    ascending,
    nullsFirst: readFlag("order", options, "nullsFirst", !ascending),
  };
}

function checkTogether({ action, filters, order, limit, rows, returning }: Query): void {
  const { type } = action;
  if (type === "select") return;
  if ((type === "insert" || type === "upsert") && filters.length > 0) throw invalid(`${type} takes no filters`);
  if ((type === "update" || type === "delete") && filters.length === 0) {
    throw invalid(`${type} without a filter would change every row`, 'add one, such as .eq("id", 7)');
  }
  if (order.length > 0 || limit !== undefined) throw invalid(`${type} takes no order, limit or range`);
  if (rows !== "many" && returning === undefined) {
    throw invalid(`${type} gives no rows for single`, "put .select() before it");
  }
}
