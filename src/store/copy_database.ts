import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { TaskerError } from "../core/errors.ts";
import type { Row } from "./database.ts";
import { eachRow } from "./each_row.ts";
import type { Statement } from "./statement.ts";

/** Where rows are read from: a connection with a transaction open, so that all of them are of one moment. */
interface Source {
  prepare(sql: string): Statement;
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

/**
 * Copies a database into a file that must be there and empty, row by row: a copy of the file itself would miss what its log
 * holds, and closing it would drop SQLite's locks on it in this process. Nothing of what was deleted comes along. Gives the
 * rows by table.
 */
export function copyDatabase(source: Source, path: string): Map<string, number> {
  const pragma = (name: string) => Object.values(source.prepare(`PRAGMA ${name}`).get() as Row)[0];
  const copy = new DatabaseSync(path);
  try {
    // The file is thrown away when anything fails, and synced when it is whole.
    copy.exec(
      `PRAGMA page_size = ${pragma("page_size")}; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
       PRAGMA foreign_keys = OFF; BEGIN; PRAGMA application_id = ${pragma("application_id")};
       PRAGMA user_version = ${pragma("user_version")}`,
    );
    const schema = source.prepare(
      "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid",
    ).all() as { type: string; name: string; sql: string }[];
    const tables = schema.filter(({ type }) => type === "table");
    for (const { sql } of tables) copy.exec(sql);
    const counts = new Map(tables.map(({ name }) => [name, copyRows(source, copy, name)]));
    // What numbers of ids were given; there only when a table counts its own.
    if (source.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'").get() !== undefined) {
      copy.exec("DELETE FROM sqlite_sequence");
      copyRows(source, copy, "sqlite_sequence");
    }
    for (const { type, sql } of schema) if (type !== "table") copy.exec(sql);
    copy.exec("COMMIT");
    return counts;
  } finally {
    copy.close();
  }
}

function copyRows(source: Source, copy: DatabaseSync, table: string): number {
  const names = (source.prepare("SELECT name FROM pragma_table_info(?)").all(table) as Row[])
    .map(({ name }) => name as string);
  const list = names.map(quoted).join(", ");
  const rows = source.prepare(`SELECT ${list} FROM ${quoted(table)}`);
  rows.setReadBigInts(true);
  const insert = copy.prepare(`INSERT INTO ${quoted(table)} (${list}) VALUES (${names.map(() => "?").join(", ")})`);
  let count = 0;
  for (const row of eachRow(rows) as Iterable<Record<string, SQLInputValue>>) {
    insert.run(...names.map((name) => row[name]!));
    count++;
  }
  return count;
}

/**
 * Opens a copy, without changing it, and checks it as a whole. Throws DATABASE_UNUSABLE when it is damaged, or does not hold
 * as many rows as were counted.
 */
export function checkCopy(path: string, expected?: ReadonlyMap<string, number>): void {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const problems = (db.prepare("PRAGMA integrity_check(1)").all() as Row[]).map((row) =>
      String(Object.values(row)[0])
    );
    if (problems[0] !== "ok") throw damaged(path, problems[0]!);
    const stray = db.prepare("PRAGMA foreign_key_check").get() as Row | undefined;
    if (stray !== undefined) {
      throw damaged(path, `a row of ${stray.table} refers to one of ${stray.parent} that is not there`);
    }
    for (const [table, rows] of expected ?? []) {
      const { n } = db.prepare(`SELECT count(*) AS n FROM ${quoted(table)}`).get() as Row;
      if (n !== rows) throw damaged(path, `${table} has ${n} rows of ${rows}`);
    }
  } finally {
    db.close();
  }
}

/** Puts a finished file in its place, on the disk before it has its name. */
export function putInPlace(finished: string, path: string): void {
  const file = Deno.openSync(finished, { read: true, write: true });
  try {
    file.syncSync();
  } finally {
    file.close();
  }
  Deno.renameSync(finished, path);
  syncFolderOf(path);
}

/** A new name is on the disk when its folder is. */
export function syncFolderOf(path: string): void {
  // Windows opens no folders, and has nothing to sync.
  if (Deno.build.os === "windows") return;
  const folder = Deno.openSync(path.replace(/[^/]*$/, "") || ".");
  try {
    folder.syncSync();
  } finally {
    folder.close();
  }
}

function damaged(path: string, what: string): TaskerError {
  return new TaskerError("DATABASE_UNUSABLE", `${path} is not sound: ${what}`, {
    hint: "use another backup; this one was left as it is",
  });
}
