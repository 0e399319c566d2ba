import { uuidv7 } from "uuidv7";
import { isJsonObject, type Json } from "../core/json.ts";
import { earlierRunOf, earlierRunProperty } from "../core/manifest.ts";
import { TaskerError } from "../core/errors.ts";
import type { SubmitAnswer } from "../server/api.ts";
import { whoRunsThis } from "../server/who.ts";
import type { Run } from "./command.ts";
import type { Context } from "./context.ts";
import type { ExitCode } from "./exit_codes.ts";
import type { FollowFlags, Format, OwnerFlags } from "./flags.ts";
import { readListFiles } from "./list_files.ts";
import { checkResultOutput } from "./output/run_outcome.ts";
import type { Session } from "./session.ts";
import { reading } from "./reading.ts";
import { findRun } from "./run_lookup.ts";
import { type FollowOptions, followOptions, submitAndFollow } from "./submit_and_follow.ts";
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

export interface RunOptions extends FollowOptions {
  readonly task: KnownTask;
  readonly database: string;
  readonly input: Json;
  readonly reason: string | undefined;
  readonly idempotencyKey: string | undefined;
  /** How long it may take, ms. */
  readonly deadline: number | undefined;
  readonly priority: number | undefined;
  readonly detach: boolean;
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
      ...followOptions(flags),
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
  return await submitAndFollow(options, context, (session) => submit(session, options));
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
