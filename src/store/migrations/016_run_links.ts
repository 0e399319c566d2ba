import type { DatabaseSync } from "node:sqlite";

/**
 * Version 16: which run has started a run (its id), and which runs are one chain, each continuing the one before it: all of them
 * have the id of the first. `asked` is the sha-256 of the input that the chain was submitted with. Runs end in one more way.
 */
export function runLinks(db: DatabaseSync): void {
  db.exec(`
CREATE TABLE run_links (
  run INTEGER PRIMARY KEY REFERENCES task_runs (run),
  started_by TEXT,
  chain TEXT,
  asked TEXT
) STRICT;
CREATE INDEX run_links_started ON run_links (started_by) WHERE started_by IS NOT NULL;
CREATE INDEX run_links_chain ON run_links (chain, run) WHERE chain IS NOT NULL;
`);
  allowStatus(db, "continued_as_new");
}

/** SQLite changes no constraint of a table: it is made anew, whatever columns it has by now. */
function allowStatus(db: DatabaseSync, status: string): void {
  const { sql } = db.prepare("SELECT sql FROM sqlite_schema WHERE name = 'task_runs'").get() as { sql: string };
  // The version that made the tables names today's states.
  if (sql.includes(`'${status}'`)) return;
  const indexes = db.prepare("SELECT sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'task_runs'").all()
    .map((row) => row.sql).filter((sql) => sql !== null);
  const ended = "WHEN 'cancelled' THEN 1";
  const body = sql.slice(sql.indexOf("(")).replaceAll(ended, `${ended} WHEN '${status}' THEN 1`);
  db.exec(`
CREATE TABLE new_task_runs ${body};
INSERT INTO new_task_runs SELECT * FROM task_runs;
DROP TABLE task_runs;
ALTER TABLE new_task_runs RENAME TO task_runs;
${indexes.join(";\n")};
`);
}
