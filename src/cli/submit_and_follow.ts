import { forTerminal } from "../mail/safe_text.ts";
import type { RunView, SubmitAnswer } from "../server/api.ts";
import { attend, type Attended, stayForOthers } from "./attend.ts";
import type { Context } from "./context.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { DEFAULT_PATIENCE, type FollowFlags, type Format, formatOf, type OwnerFlags } from "./flags.ts";
import { Interrupts } from "./interrupts.ts";
import { note } from "./output/errors.ts";
import { outcomeOf, writeOutcome } from "./output/run_outcome.ts";
import { formatWait } from "./output/times.ts";
import { shortId } from "./run_lookup.ts";
import { Session } from "./session.ts";

/** How a run is followed, and where its result goes. */
export interface FollowOptions {
  readonly format: Format | undefined;
  readonly output: string | undefined;
  readonly owner: OwnerFlags;
  /** ms */
  readonly patience: number;
  readonly quiet: boolean;
}

/** The same from the flags of a command that follows runs. */
export function followOptions(
  flags: OwnerFlags & FollowFlags & { readonly format?: Format; readonly json?: boolean; readonly output?: string },
): FollowOptions {
  return {
    format: formatOf(flags),
    output: flags.output,
    owner: flags,
    patience: flags.patience ?? DEFAULT_PATIENCE,
    quiet: flags.quiet ?? false,
  };
}

/** Submits a run and follows it to its end; with `detach` it is only submitted. */
export async function submitAndFollow(
  options: FollowOptions & { readonly database: string; readonly detach: boolean },
  context: Context,
  submit: (session: Session) => Promise<SubmitAnswer>,
): Promise<ExitCode> {
  const { database, patience, quiet } = options;
  const interrupts = new Interrupts();
  const session = new Session(context, {
    database,
    owner: options.owner,
    note: (text) => quiet || note(context.terminal, text),
  });
  try {
    const submitted = await submit(session);
    if (options.detach) {
      context.terminal.out(options.format === "json" ? `${JSON.stringify(submitted)}\n` : `${submitted.taskRunId}\n`);
      if (session.owner !== undefined && !quiet) {
        note(
          context.terminal,
          "no tasker process stays to work on it: it goes on with `tasker serve`, or with the next command that owns the database",
        );
      }
      return EXIT.ok;
    }
    if (!quiet) note(context.terminal, `run ${submitted.taskRunId}`);
    const runIds = [submitted.taskRunId];
    const attended = await attend({ context, session, database, runIds, interrupts, patience, quiet });
    return await conclude({ ...options, attended, session, interrupts }, context);
  } finally {
    await session.stop();
    interrupts.dispose();
  }
}

export interface ConcludeOptions {
  readonly attended: Attended;
  readonly session: Session;
  readonly interrupts: Interrupts;
  readonly database: string;
  readonly format: Format | undefined;
  readonly output: string | undefined;
  readonly quiet: boolean;
}

/** Writes what became of the one run that was followed, and gives the exit code. */
export async function conclude(options: ConcludeOptions, context: Context): Promise<ExitCode> {
  const { attended, session, interrupts, quiet } = options;
  if (attended.type === "stopped") return EXIT.stopped;
  if (attended.type === "waiting") {
    const { wait, views } = attended;
    // A run nested in it may be what waits; the one that was followed goes on.
    const isOf = ({ waiting }: RunView) => waiting.some(({ stackRunId }) => stackRunId === wait.stackRunId);
    const waits = views.find(isOf) ?? views[0]!;
    note(
      context.terminal,
      forTerminal(`waiting: ${formatWait(wait, context.now())}. What was found so far is kept; `) +
        `after that ${wait.until === null ? "" : "time "}\`tasker resume ${shortId(waits.id)}${
          context.databaseArgument(options.database)
        }\` goes on`,
    );
    return EXIT.waiting;
  }
  const view = attended.views[0] as RunView;
  const outcome = outcomeOf(view);
  await writeOutcome({
    context,
    database: options.database,
    view,
    outcome,
    format: options.format,
    output: options.output,
    quiet,
  });
  if (view.status !== "held") await stayForOthers(context, session, interrupts, quiet);
  return outcome.exitCode;
}
