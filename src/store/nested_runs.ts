import type { Database, Row } from "./database.ts";
import { type TaskRun, toTaskRun } from "./task_runs.ts";

/** The unfinished runs that are nested in runs. */
export class NestedRuns {
  readonly #open;
  readonly #atWork;

  constructor(db: Database) {
    this.#open = db.prepare("SELECT * FROM task_runs WHERE parent_run = ? AND ended_at IS NULL ORDER BY run");
    this.#atWork = db.prepare(
      `WITH RECURSIVE nested (run, status) AS (
         SELECT run, status FROM task_runs WHERE parent_run = ? AND ended_at IS NULL
         UNION ALL
         SELECT child.run, child.status FROM nested JOIN task_runs AS child ON child.parent_run = nested.run AND child.ended_at IS NULL
       )
       SELECT count(*) AS runs FROM nested
       WHERE status <> 'suspended_waiting_child' OR EXISTS (
         SELECT 1 FROM stack_runs INDEXED BY stack_runs_open
         WHERE run = nested.run AND ended_at IS NULL AND status IN ('processing', 'pending_resume'))`,
    );
  }

  /** Those nested directly in one, in order. */
  open(run: number): TaskRun[] {
    return (this.#open.all(run) as Row[]).map(toTaskRun);
  }

  /** How many of those nested in one, at any depth, do something or are about to: the others wait. */
  atWork(run: number): number {
    return (this.#atWork.get(run) as Row).runs as number;
  }
}
