import { TaskerError } from "../../core/errors.ts";
import type { Context } from "../context.ts";
import { note } from "../output/errors.ts";
import { plural } from "../output/numbers.ts";
import { ownerOf } from "../idle.ts";

/** Says of runs that have waited for a budget which was changed how they go on, when no process works on them. */
export async function noteWaiting(context: Context, database: string, runs: number): Promise<void> {
  if (runs === 0 || await ownerOf(context, database) !== undefined) return;
  note(
    context.terminal,
    `${plural(runs, "run")} waiting for it, and no tasker process at work: \`tasker resume${
      context.databaseArgument(database)
    }\` goes on`,
  );
}

export function noBudget(name: string): TaskerError {
  return new TaskerError("NOT_FOUND", `there is no budget ${name}`, { hint: "`tasker budget list` shows the budgets" });
}
