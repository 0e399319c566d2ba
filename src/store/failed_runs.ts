import type { Row } from "./database.ts";
import type { Store } from "./store.ts";
import type { TaskRun } from "./task_runs.ts";

export interface FailedRunsQuery {
  readonly taskName: string | undefined;
  /** ms */
  readonly endedSince: number;
}

/** The runs of their own that have failed and were not retried, the oldest first. */
export function failedRuns(store: Store, { taskName, endedSince }: FailedRunsQuery): TaskRun[] {
  const rows = store.db.prepare(
    `SELECT run FROM task_runs
     WHERE status = 'failed' AND parent_run IS NULL AND ended_at >= :endedSince
       AND (:taskName IS NULL OR task_name = :taskName)
       AND NOT EXISTS (SELECT 1 FROM task_runs AS retry WHERE retry.retry_of = task_runs.id)
     ORDER BY run`,
  ).all({ endedSince, taskName: taskName ?? null }) as Row[];
  return rows.map(({ run }) => store.taskRuns.get(run as number)!);
}
