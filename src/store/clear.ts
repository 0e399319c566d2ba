import type { Row } from "./database.ts";
import type { Store } from "./store.ts";

/** Rows that clearing takes away, by table. */
export interface Cleared {
  readonly task_runs: number;
  readonly stack_runs: number;
  readonly records: number;
  readonly logs: number;
}

/** What there is to be cleared. */
export function clearable(store: Store): Cleared {
  const count = (table: keyof Cleared) =>
    (store.db.prepare(`SELECT count(*) AS n FROM ${table}`).get() as Row).n as number;
  return {
    task_runs: count("task_runs"),
    stack_runs: count("stack_runs"),
    records: count("records"),
    logs: count("logs"),
  };
}

/**
 * Deletes runs with their frames, signals, records and logs, in one transaction; never task functions or the keystore; the audit log stays and
 * tells of it. Only for who holds the file's ownership: no engine may be at work on it. The rows' space is overwritten, since they hold mail.
 */
export function clearRuns(store: Store, by: { who: string; now: number }): Cleared {
  store.db.exec("PRAGMA secure_delete = ON");
  return store.db.transaction(() => {
    const cleared = clearable(store);
    store.records.clear();
    store.logs.clear();
    store.signals.clear();
    store.budgets.forgetRuns();
    // A run nested in another refers to it.
    store.db.exec(
      "UPDATE task_runs SET parent_run = NULL; DELETE FROM stack_runs; DELETE FROM run_links; DELETE FROM task_runs",
    );
    store.audit.append({ event: "cleared", who: by.who, rows: { ...cleared } }, by.now);
    return cleared;
  });
}
