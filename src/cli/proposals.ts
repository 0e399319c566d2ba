import { TaskerError } from "../core/errors.ts";
import type { Store } from "../store/store.ts";
import type { Context } from "./context.ts";
import { reading } from "./reading.ts";
import { shortId } from "./run_lookup.ts";
import { taskNames } from "./tasks.ts";

/** Runs proposed at most: what somebody still has in mind. */
const RUNS = 10;
const RUN_COMMANDS: readonly string[] = ["show", "cancel", "records", "resume"];

/**
 * What may stand at the place of a command's argument, for the shell's completion: names of tasks, short ids of runs,
 * shells. `typed` are the words before the one being written; flags are the parser's part.
 */
export async function proposeArguments(
  context: Context,
  params: { typed: readonly string[]; partial: string },
): Promise<string[]> {
  const { typed, partial } = params;
  if (typed.length !== 1 || partial.startsWith("-")) return [];
  const [command] = typed as [string];
  const found = command === "completions"
    ? ["bash", "zsh", "fish"]
    : command === "run"
    ? await fromStore(context, taskNames)
    : RUN_COMMANDS.includes(command)
    ? await fromStore(context, newestRuns)
    : [];
  return found.filter((word) => word.startsWith(partial));
}

function newestRuns(store: Store | undefined): Promise<string[]> {
  const runs = (store?.taskRuns.newest({ limit: RUNS }) ?? []).filter(({ parentRun }) => parentRun === null);
  return Promise.resolve(runs.length === 0 ? [] : ["last", ...runs.map(({ id }) => shortId(id))]);
}

/** A database that is not there yet has no runs, and the tasks that come with tasker. */
async function fromStore(
  context: Context,
  list: (store: Store | undefined) => Promise<string[]>,
): Promise<string[]> {
  try {
    return await reading(context, context.databasePath(undefined), list);
  } catch (error) {
    if (!(error instanceof TaskerError) || error.code !== "NOT_FOUND") throw error;
    return await list(undefined);
  }
}
