import type { DatabaseSync } from "node:sqlite";
import { migrations } from "./migrations.ts";
import { schema } from "./schema.ts";

/** Of every version. */
const TABLES = ["owner", "task_functions", "task_runs", "stack_runs", "records", "logs", "keystore"];

/**
 * The first thing that a file of a version must have and has not, as `table logs`, `column logs.run` or `index logs_run`;
 * undefined when nothing is missing. In one of an older version, which is to be migrated, only tables are looked for.
 */
export function missingPart(db: DatabaseSync, version: number): string | undefined {
  if (version === 0) return undefined;
  if (version < migrations.length) return missingOf(db, { parts: TABLES.map((name) => `table ${name}`), tables: [] });
  return isAsMade(db) ? undefined : missingOf(db, partsOfSchema());
}

/** Whether a file has all of the schema, letter by letter: as one that was made by it has, and one that was migrated has not. */
function isAsMade(db: DatabaseSync): boolean {
  const statements = db.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL").all();
  return statements.filter(({ sql }) => schema.includes(sql as string)).length === schema.split("\nCREATE ").length - 1;
}

function partsOfSchema(): { parts: string[]; tables: string[] } {
  const tables: string[] = [];
  const parts: string[] = [];
  const found = schema.matchAll(/^CREATE (?:UNIQUE )?(TABLE|INDEX) (\w+)|^ {2}(\w+) (?:INTEGER|TEXT|BLOB)\b/gm);
  for (const [, kind, name, column] of found) {
    if (kind === "TABLE") tables.push(name!);
    parts.push(kind === undefined ? `column ${tables.at(-1)}.${column}` : `${kind.toLowerCase()} ${name}`);
  }
  return { parts, tables };
}

function missingOf(db: DatabaseSync, { parts, tables }: { parts: string[]; tables: string[] }): string | undefined {
  const found = db.prepare(
    `SELECT type || ' ' || name AS part FROM sqlite_schema
     UNION ALL
     SELECT 'column ' || tables.value || '.' || columns.name
     FROM json_each(?) AS tables, pragma_table_info(tables.value) AS columns`,
  ).all(JSON.stringify(tables));
  const there = new Set(found.map(({ part }) => part));
  return parts.find((part) => !there.has(part));
}
