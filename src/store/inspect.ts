import type { Row } from "./database.ts";
import type { Store } from "./store.ts";

/** Rows by table, in order of name. */
export function tableCounts(store: Store): { table: string; rows: number }[] {
  const tables = store.db.prepare(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
  ).all() as Row[];
  return tables.map(({ name }) => {
    const quoted = `"${(name as string).replaceAll('"', '""')}"`;
    const { n } = store.db.prepare(`SELECT count(*) AS n FROM ${quoted}`).get() as Row;
    return { table: name as string, rows: n as number };
  });
}

/** SQLite's own check of the file: `["ok"]`, or what is wrong. */
export function integrityCheck(store: Store): string[] {
  return (store.db.prepare("PRAGMA integrity_check(20)").all() as Row[]).map((row) => String(Object.values(row)[0]));
}

/** The newest frames of all runs, as (run's id, seq). */
export function newestFrames(store: Store, limit: number): { taskRunId: string; run: number; seq: number }[] {
  const rows = store.db.prepare(
    "SELECT task_runs.id AS id, run, seq FROM stack_runs JOIN task_runs USING (run) ORDER BY stack_runs.id DESC LIMIT ? + 0",
  ).all(limit) as Row[];
  return rows.map((row) => ({ taskRunId: row.id as string, run: row.run as number, seq: row.seq as number }));
}
