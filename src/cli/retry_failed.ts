import { uuidv7 } from "uuidv7";
import { type SerializedError, TaskerError } from "../core/errors.ts";
import type { SubmitAnswer } from "../server/api.ts";
import { whoRunsThis } from "../server/who.ts";
import type { Store } from "../store/store.ts";
import { storedJson } from "../store/stored_json.ts";
import type { TaskRun } from "../store/task_runs.ts";
import type { Context } from "./context.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { followAll } from "./follow_all.ts";
import { Interrupts } from "./interrupts.ts";
import { otherWay } from "./other_ways.ts";
import { note, warn } from "./output/errors.ts";
import { plural } from "./output/numbers.ts";
import { renderTable } from "./output/table.ts";
import { styled } from "./output/terminal.ts";
import { formatDateTime, zone } from "./output/times.ts";
import { printJson, reading } from "./reading.ts";
import { shortId } from "./run_lookup.ts";
import { Session } from "./session.ts";
import type { FollowOptions } from "./submit_and_follow.ts";

export interface RetryFailedOptions extends FollowOptions {
  readonly database: string;
  readonly taskName: string | undefined;
  /** How long ago they may have failed, ms. */
  readonly since: number | undefined;
  readonly latest: boolean;
  readonly dryRun: boolean;
  /** Not to be asked. */
  readonly yes: boolean;
  readonly reason: string | undefined;
  readonly detach: boolean;
}

/** A run as `--dry-run --json` prints it. */
interface FailedRun {
  readonly id: string;
  readonly taskName: string;
  readonly endedAt: number;
  readonly error: SerializedError;
  /** Why it is not retried; null: it is. */
  readonly because: string | null;
}

/** Goes on with all runs that have failed, once a person has seen which these are. */
export async function retryFailed(options: RetryFailedOptions, context: Context): Promise<ExitCode> {
  const { database, dryRun, quiet } = options;
  if (options.output !== undefined) {
    throw new TaskerError("USAGE", "--output is one file, and --failed may be many runs", { hint: "leave it out" });
  }
  const failed = await findFailed(options, context);
  const runs = failed.filter(({ because }) => because === null);
  if (dryRun && options.format === "json") printJson(context, { runs: failed });
  else if (failed.length === 0) note(context.terminal, "no run has failed that was not retried");
  else if (dryRun) context.terminal.out(tableOf(failed, context, "out"));
  else if (!quiet) context.terminal.err(tableOf(failed, context, "err"));
  if (dryRun || runs.length === 0) return EXIT.ok;
  if (!options.yes && !confirmed(runs.length)) {
    note(context.terminal, "nothing was retried");
    return EXIT.stopped;
  }
  const interrupts = new Interrupts();
  const session = new Session(context, {
    database,
    owner: options.owner,
    note: (text) => quiet || note(context.terminal, text),
  });
  try {
    const answers = await submitAll(options, runs, session, context);
    if (answers.length === 0) return EXIT.failed;
    if (!options.detach) {
      const runIds = answers.map(({ taskRunId }) => taskRunId);
      const code = await followAll({ ...options, runIds, session, interrupts }, context);
      return code === EXIT.ok && answers.length < runs.length ? EXIT.failed : code;
    }
    for (const answer of answers) {
      context.terminal.out(options.format === "json" ? `${JSON.stringify(answer)}\n` : `${answer.taskRunId}\n`);
    }
    return answers.length < runs.length ? EXIT.failed : EXIT.ok;
  } finally {
    await session.stop();
    interrupts.dispose();
  }
}

async function findFailed(options: RetryFailedOptions, context: Context): Promise<FailedRun[]> {
  const { database, taskName, since, latest } = options;
  const { failedRuns } = await import("../store/failed_runs.ts");
  const { partOf } = await import("../engine/failed_part.ts");
  const why = (store: Store, run: TaskRun) =>
    otherWay(run) ??
      (latest || partOf(store, run) !== undefined ? null : "no failed call has ended it, its code did: see --latest");
  return await reading(context, database, (store) => {
    const endedSince = since === undefined ? -Infinity : context.now() - since;
    return failedRuns(store, { taskName, endedSince }).map((run) => ({
      id: run.id,
      taskName: run.taskName,
      endedAt: run.endedAt!,
      error: storedJson(run.error!) as unknown as SerializedError,
      because: why(store, run),
    }));
  });
}

/** What cannot be retried after all is told, and the others are. */
async function submitAll(
  { latest, reason }: RetryFailedOptions,
  runs: readonly FailedRun[],
  session: Session,
  context: Context,
): Promise<SubmitAnswer[]> {
  const answers: SubmitAnswer[] = [];
  for (const { id: run } of runs) {
    const retry = {
      ...{ id: uuidv7(), run, latest, by: whoRunsThis() },
      ...(reason === undefined ? {} : { reason }),
    };
    try {
      answers.push(await session.ask((client) => client.retry(retry)));
    } catch (error) {
      const isOfRun = error instanceof TaskerError &&
        ["CONFLICT", "NON_DETERMINISM", "INVALID_INPUT"].includes(error.code);
      if (!isOfRun) throw error;
      warn(context.terminal, error.message);
    }
  }
  return answers;
}

function tableOf(failed: readonly FailedRun[], { terminal }: Context, to: "out" | "err"): string {
  const columns = [{ title: "RUN" }, { title: "TASK" }, { title: `FAILED (${zone()})` }, {
    title: "ERROR",
    shrink: true,
  }];
  const rows = failed.map(({ id, taskName, endedAt, error, because }) => [
    shortId(id),
    taskName,
    formatDateTime(endedAt),
    `${because === null ? "" : `stays (${because}): `}${error.code}: ${error.message}`,
  ]);
  return renderTable(columns, rows, {
    width: terminal.isTerminal[to] ? terminal.width() : 0,
    head: (text) => styled(terminal.color[to], "bold", text),
  });
}

function confirmed(count: number): boolean {
  if (!Deno.stdin.isTerminal()) {
    throw new TaskerError("USAGE", "there is nobody to ask whether to retry them", {
      hint: "--dry-run says which these are; --yes retries them without asking",
    });
  }
  return confirm(`Retry ${plural(count, "run")}?`);
}
