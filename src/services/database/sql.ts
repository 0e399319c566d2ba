import type { Bindable } from "../../store/database.ts";
import { likeToGlob } from "./like.ts";
import { physicalTable, quoted } from "./names.ts";
import type { Filter, Order } from "./query.ts";
import { encodeValue } from "./values.ts";

/** SQL text and what is bound to its question marks. Values never stand in the text; names only quoted. */
export interface Sql {
  readonly text: string;
  readonly values: readonly Bindable[];
}

const COMPARISONS = { eq: "=", neq: "<>", gt: ">", gte: ">=", lt: "<", lte: "<=" } as const;

/** ` WHERE …`, or nothing. */
export function where(filters: readonly Filter[]): Sql {
  const parts = filters.map(condition);
  return {
    text: parts.length === 0 ? "" : ` WHERE ${parts.map(({ text }) => text).join(" AND ")}`,
    values: parts.flatMap(({ values }) => values),
  };
}

function condition(filter: Filter): Sql {
  const column = quoted(filter.column);
  switch (filter.test) {
    case "eq":
    case "neq":
      return { text: `${column} ${COMPARISONS[filter.test]} ?`, values: [encodeValue(filter.value)] };
    case "gt":
    case "gte":
    case "lt":
    case "lte": {
      // SQLite orders any text after any number: without the type, gt(3) would find every text.
      const type = typeof filter.value === "number" ? "IN ('integer', 'real')" : "= 'text'";
      return {
        text: `(typeof(${column}) ${type} AND ${column} ${COMPARISONS[filter.test]} ?)`,
        values: [filter.value],
      };
    }
    case "like":
      return { text: `(typeof(${column}) = 'text' AND ${column} GLOB ?)`, values: [likeToGlob(filter.pattern)] };
    case "ilike":
      return { text: `(typeof(${column}) = 'text' AND ${column} LIKE ? ESCAPE '\\')`, values: [filter.pattern] };
    case "in": {
      const values = filter.values.filter((value) => value !== null).map(encodeValue);
      return { text: `${column} IN (${values.map(() => "?").join(", ")})`, values };
    }
    case "is":
      return filter.value === null
        ? { text: `${column} IS NULL`, values: [] }
        : { text: `${column} IS ?`, values: [encodeValue(filter.value)] };
  }
}

/** ` ORDER BY …`: as asked, then as inserted, so that equal questions get equal answers. */
export function orderBy(order: readonly Order[]): string {
  const parts = order.map(({ column, ascending, nullsFirst }) =>
    `${quoted(column)} ${ascending ? "ASC" : "DESC"} NULLS ${nullsFirst ? "FIRST" : "LAST"}`
  );
  return ` ORDER BY ${[...parts, "rowid"].join(", ")}`;
}

/** Columns under names of our own (`c0`, `c1` …), so that none of a table's can harm who reads the row. */
export function selected(columns: readonly string[]): string {
  return columns.map((column, index) => `${quoted(column)} AS c${index}`).join(", ");
}

export function insertion(table: string, columns: readonly string[], conflict: string): string {
  const into = `INSERT INTO ${quoted(physicalTable(table))}`;
  if (columns.length === 0) return `${into} DEFAULT VALUES`;
  return `${into} (${columns.map(quoted).join(", ")}) VALUES (${columns.map(() => "?").join(", ")})${conflict}`;
}

/** ` ON CONFLICT …`: what a row brings replaces what is there; what it does not bring stays. */
export function onConflict(keys: readonly string[], columns: readonly string[], ignoreDuplicates: boolean): string {
  const target = ` ON CONFLICT (${[...keys].sort().map(quoted).join(", ")})`;
  if (ignoreDuplicates) return `${target} DO NOTHING`;
  const others = columns.filter((column) => !keys.includes(column));
  // With nothing to replace a key is set to itself: RETURNING gives a row only for what was written.
  const set = (others.length === 0 ? keys : others).map((column) => `${quoted(column)} = excluded.${quoted(column)}`);
  return `${target} DO UPDATE SET ${set.join(", ")}`;
}
