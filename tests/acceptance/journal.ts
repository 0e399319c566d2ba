import { DatabaseSync } from "node:sqlite";

/** A recorded call, as the database has it. JSON columns are parsed. */
export interface JournaledCall {
  readonly run: string;
  readonly seq: number;
  /** `service.method`. */
  readonly call: string;
  readonly args: unknown[];
  readonly status: string;
  readonly attempt: number;
  readonly result: unknown;
}

export interface JournaledRun {
  readonly id: string;
  readonly task_name: string;
  readonly status: string;
  readonly result: unknown;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly deaths: number;
}

/** Looks into a database from outside, with nothing of tasker between, and leaves it as it is: the WAL of a dead process too. */
export function looking<T>(path: string, look: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    db.exec("PRAGMA busy_timeout = 5000");
    return look(db);
  } finally {
    db.close();
  }
}

/** All calls of a database, in order of issue within each run; root frames are left out. */
export function callsOf(path: string): JournaledCall[] {
  return looking(path, (db) =>
    db.prepare(
      `SELECT task_runs.id AS run, seq, service || '.' || method AS call, args, stack_runs.status AS status, attempt,
              stack_runs.result AS result
       FROM stack_runs JOIN task_runs ON task_runs.run = stack_runs.run WHERE seq > 0 ORDER BY stack_runs.run, seq`,
    ).all().map((row) => ({ ...row, args: parsed(row.args), result: parsed(row.result) }) as JournaledCall));
}

/** All runs of a database, oldest first. */
export function runsOf(path: string): JournaledRun[] {
  return looking(
    path,
    (db) =>
      db.prepare("SELECT id, task_name, status, result, error, deaths FROM task_runs ORDER BY run").all()
        .map((row) => ({ ...row, result: parsed(row.result), error: parsed(row.error) }) as JournaledRun),
  );
}

/** What SQLite says of the whole file: `ok`. */
export function integrityOf(path: string): string {
  return looking(path, (db) => {
    const rows = db.prepare("PRAGMA integrity_check").all().map((row) => String(row.integrity_check));
    const orphans = db.prepare("PRAGMA foreign_key_check").all().length;
    return orphans === 0 ? rows.join("; ") : `${orphans} rows refer to rows that are not there`;
  });
}

function parsed(text: unknown): unknown {
  return text === null ? null : JSON.parse(text as string);
}
