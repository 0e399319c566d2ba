import { uuidv7 } from "uuidv7";
import { isJsonObject, type Json } from "../core/json.ts";
import { earlierRunOf, earlierRunProperty } from "../core/manifest.ts";
import { TaskerError } from "../core/errors.ts";
import { parseFrameId } from "../core/ids.ts";
import { forTerminal } from "../mail/safe_text.ts";
import type { RunView, SubmitAnswer } from "../server/api.ts";
import { whoRunsThis } from "../server/who.ts";
import { attend, type Attended, stayForOthers } from "./attend.ts";
import type { Run } from "./command.ts";
import type { Context } from "./context.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { DEFAULT_PATIENCE, type FollowFlags, type Format, formatOf, type OwnerFlags } from "./flags.ts";
import { Interrupts } from "./interrupts.ts";
import { readListFiles } from "./list_files.ts";
import { note } from "./output/errors.ts";
import { checkResultOutput, outcomeOf, writeOutcome } from "./output/run_outcome.ts";
import { formatWait } from "./output/times.ts";
import { Session } from "./session.ts";
import { reading } from "./reading.ts";
import { findRun, shortId } from "./run_lookup.ts";
import { inputFromFlags, type TaskFlag } from "./task_flags.ts";
import { checkInput, readInput } from "./task_input.ts";
import { findTask, type KnownTask, taskNames } from "./tasks.ts";

export type RunFlags = OwnerFlags & FollowFlags & {
  readonly input?: string;
  readonly detach?: boolean;
  readonly noWait?: boolean;
  readonly idempotencyKey?: string;
  readonly deadline?: number;
  readonly priority?: number;
  readonly reason?: string;
  readonly format?: Format;
  readonly json?: boolean;
  readonly output?: string;
  readonly db?: string;
} & Readonly<Record<string, unknown>>;

export interface RunOptions {
  readonly task: KnownTask;
  readonly database: string;
  readonly input: Json;
  readonly reason: string | undefined;
  readonly idempotencyKey: string | undefined;
  /** How long it may take, ms. */
  readonly deadline: number | undefined;
  readonly priority: number | undefined;
  readonly detach: boolean;
  readonly format: Format | undefined;
  readonly output: string | undefined;
  readonly owner: OwnerFlags;
  /** ms */
  readonly patience: number;
  readonly quiet: boolean;
}

/** `tasker run` without a task. */
export const runWithoutTask: Run<RunFlags> = async (context, flags) => {
  const path = context.databasePath(flags.db);
  let names: string[];
  try {
    const store = await context.openStore(path, { create: false });
    try {
      names = await taskNames(store);
    } finally {
      store.close();
    }
  } catch (error) {
    if (!(error instanceof TaskerError) || error.code !== "NOT_FOUND") throw error;
    names = await taskNames(undefined);
  }
  throw new TaskerError("USAGE", "tasker run needs the name of a task", {
    hint: `write \`tasker run TASK\` with one of: ${names.join(", ")}`,
  });
};

/** `tasker run <task>`, from its flags. */
export function runTask(params: { task: KnownTask; flags: readonly TaskFlag[] }): Run<RunFlags> {
  return async (context, flags) => {
    const { task } = params;
    const database = context.databasePath(flags.db);
    const input = await inputOf({ ...params, database, given: flags }, context);
    return await run({
      task,
      database,
      input,
      reason: flags.reason,
      idempotencyKey: flags.idempotencyKey,
      deadline: flags.deadline,
      priority: flags.priority,
      detach: (flags.detach ?? false) || (flags.noWait ?? false),
      format: formatOf(flags),
      output: flags.output,
      owner: flags,
      patience: flags.patience ?? DEFAULT_PATIENCE,
      quiet: flags.quiet ?? false,
    }, context);
  };
}

/** The input that a task is given by its own flags or by `--input`, checked. */
export async function inputOf(
  params: {
    task: KnownTask;
    flags: readonly TaskFlag[];
    database: string;
    given: { readonly input?: string } & Readonly<Record<string, unknown>>;
  },
  context: Context,
): Promise<Json> {
  const { task, flags, database, given } = params;
  const fromFlags = inputFromFlags(flags, given);
  if (given.input !== undefined && Object.keys(fromFlags).length > 0) {
    throw new TaskerError("USAGE", "--input is the whole input: it cannot be given together with the task's flags", {
      hint: "put everything into --input, or leave it out",
    });
  }
  const read = given.input === undefined
    ? await readListFiles(fromFlags, flags, context)
    : await readInput(given.input, context);
  const input = await withWholeRunId(context, database, task, read);
  await checkInput({ taskName: task.name, schema: task.manifest.input, flags, input });
  return input;
}

/** The input, with the id of the earlier run that a person means where it names one. */
async function withWholeRunId(context: Context, database: string, { manifest }: KnownTask, input: Json): Promise<Json> {
  const property = earlierRunProperty(manifest);
  const named = earlierRunOf(manifest, input);
  if (property === undefined || named === undefined || !isJsonObject(input)) return input;
  return await reading(context, database, (store) => ({ ...input, [property.name]: findRun(store, named).id }));
}

/** Publishes the task if need be, submits a run, and follows it to its end. */
export async function run(options: RunOptions, context: Context): Promise<ExitCode> {
  await checkResultOutput(options.output);
  await publishOnce(options, context);
  const interrupts = new Interrupts();
  const session = new Session(context, {
    database: options.database,
    owner: options.owner,
    note: (text) => options.quiet || note(context.terminal, text),
  });
  try {
    const submitted = await submit(session, options);
    if (options.detach) {
      context.terminal.out(options.format === "json" ? `${JSON.stringify(submitted)}\n` : `${submitted.taskRunId}\n`);
      if (session.owner !== undefined && !options.quiet) {
        note(
          context.terminal,
          "no tasker process stays to work on it: it goes on with `tasker serve`, or with the next command that owns the database",
        );
      }
      return EXIT.ok;
    }
    if (!options.quiet) note(context.terminal, `run ${submitted.taskRunId}`);
    const attended = await attend({
      context,
      session,
      database: options.database,
      runIds: [submitted.taskRunId],
      interrupts,
      patience: options.patience,
      quiet: options.quiet,
    });
    return await conclude({ ...options, attended, session, interrupts }, context);
  } finally {
    await session.stop();
    interrupts.dispose();
  }
}

/** Submits the run once, over the deaths of the owners it is given to. */
export async function submit(
  session: Session,
  { id = uuidv7(), task, input, reason, idempotencyKey, deadline, priority }:
    & Pick<RunOptions, "task" | "input" | "reason">
    & {
      readonly id?: string;
      readonly idempotencyKey?: string | undefined;
      readonly deadline?: number | undefined;
      readonly priority?: number | undefined;
    },
): Promise<SubmitAnswer> {
  const submission = {
    id,
    taskName: task.name,
    input,
    ...(reason === undefined ? {} : { reason }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(deadline === undefined ? {} : { deadline }),
    ...(priority === undefined ? {} : { priority }),
    by: whoRunsThis(),
  };
  return await session.ask((client) => client.submit(submission));
}

/** Publishes the task if it is not, or not as it comes with this program. */
export async function publishOnce(options: Pick<RunOptions, "database" | "task">, context: Context): Promise<void> {
  const store = await context.openStore(options.database);
  try {
    await findTask({ name: options.task.name, store, now: context.now() });
  } finally {
    store.close();
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
    const { wait } = attended;
    note(
      context.terminal,
      forTerminal(`waiting: ${formatWait(wait, context.now())}. What was found so far is kept; `) +
        `after that ${wait.until === null ? "" : "time "}\`tasker resume ${
          shortId(parseFrameId(wait.stackRunId).taskRunId)
        }${context.databaseArgument(options.database)}\` goes on`,
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
