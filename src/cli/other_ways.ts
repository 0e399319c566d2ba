import { TaskerError } from "../core/errors.ts";
import { isJsonObject } from "../core/json.ts";
import { storedJson } from "../store/stored_json.ts";
import type { TaskRun } from "../store/task_runs.ts";
import { shortId } from "./run_lookup.ts";

/** How a failed run is gone on with that no retry can; undefined for all others. */
export function otherWay({ taskName }: TaskRun): string | undefined {
  return taskName === "gmail-export"
    ? "its folder waits for `tasker export`, which goes on when the same command is given again"
    : undefined;
}

/** Throws CONFLICT for runs that a person may want to retry and that are gone on with in another way. */
export function refuseOtherWays(run: TaskRun): void {
  const short = shortId(run.id);
  const way = run.status === "failed" ? otherWay(run) : undefined;
  if (way !== undefined) throw new TaskerError("CONFLICT", `run ${short} is an export`, { hint: way });
  const result = run.result === null ? null : storedJson(run.result);
  const coverage = isJsonObject(result) ? result.coverage : undefined;
  if (!isJsonObject(coverage) || typeof coverage.failed !== "number" || coverage.failed === 0) return;
  throw new TaskerError("CONFLICT", `run ${short} is completed, but for ${coverage.failed} users that have failed`, {
    hint: `\`tasker run ${run.taskName} --since-run ${short}\` finds what it has not found`,
  });
}
