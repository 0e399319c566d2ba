import { TaskerError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";

/** A table or column as task code names it. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

/** Throws INVALID_INPUT unless the value may name a table or column. `__proto__` would harm whoever reads the row. */
export function checkIdentifier(what: "table" | "column", value: Json | undefined): string {
  if (typeof value === "string" && NAME.test(value) && value !== "__proto__") return value;
  const given = typeof value === "string"
    ? `${JSON.stringify(value.slice(0, 80))} is no name of a ${what}`
    : `a ${what} must be named by text`;
  throw new TaskerError("INVALID_INPUT", `database: ${given}`, {
    hint: `a ${what}'s name is 1 to 63 letters, digits or "_", and begins with no digit`,
  });
}

/** An identifier in SQL. Only names that were checked, or that SQLite itself gave, come here. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The table in the file: none of the system's tables begins so. */
export function physicalTable(table: string): string {
  return `t_${table}`;
}

/** The index that keeps `columns` unique in a table. The "/" keeps it apart from every table's name. */
export function uniqueIndexName(table: string, columns: readonly string[]): string {
  return `u_${table}/${[...columns].sort().join(",")}`;
}
