import { isRunEnded } from "../core/states.ts";
import { attend, stayForOthers } from "./attend.ts";
import type { Context } from "./context.ts";
import { type ExitCode, worstExitCode } from "./exit_codes.ts";
import type { Interrupts } from "./interrupts.ts";
import { note } from "./output/errors.ts";
import { outcomeOf, writeOutcome } from "./output/run_outcome.ts";
import type { Session } from "./session.ts";
import { conclude, type FollowOptions } from "./submit_and_follow.ts";

export interface FollowAllOptions extends FollowOptions {
  readonly database: string;
  readonly runIds: readonly string[];
  readonly session: Session;
  readonly interrupts: Interrupts;
}

/** Follows runs to their ends and writes what became of each; gives the exit code of the one that went worst. */
export async function followAll(options: FollowAllOptions, context: Context): Promise<ExitCode> {
  const { runIds, session, interrupts, patience, quiet, database, format } = options;
  const attended = await attend({ context, session, database, runIds, interrupts, patience, quiet });
  if (runIds.length === 1 || attended.type !== "ended") return await conclude({ ...options, attended }, context);
  const codes: ExitCode[] = [];
  for (const view of attended.views.toSorted((a, b) => a.createdAt - b.createdAt)) {
    const outcome = outcomeOf(view);
    if (!quiet) note(context.terminal, `run ${view.id} (${view.taskName}): ${view.status}`);
    await writeOutcome({ context, database, view, outcome, format, output: undefined, quiet });
    codes.push(outcome.exitCode);
  }
  if (attended.views.every((view) => isRunEnded(view.status))) {
    await stayForOthers(context, session, interrupts, quiet);
  }
  return worstExitCode(codes);
}
