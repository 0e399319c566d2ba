import { isRunEnded } from "../core/states.ts";
import { TaskerError } from "../core/errors.ts";
import type { Store } from "../store/store.ts";
import type { TaskRun } from "../store/task_runs.ts";
import type { Context } from "./context.ts";
import { readingRuns } from "./reading.ts";
import { findRun, shortId } from "./run_lookup.ts";
import { taskNames } from "./tasks.ts";

/** Runs proposed at most: what somebody still has in mind. */
const RUNS = 10;

type Propose = (store: Store | undefined) => readonly string[] | Promise<readonly string[]>;

/**
 * What may stand at the place of a command's argument or of a flag's value, for the shell's completion: names of tasks, schedules, keystore
 * entries and of kinds, short ids of runs, shells. `typed` are the words before the one being written; flags and their fixed
 * values are the parser's part.
 */
export async function proposeArguments(
  context: Context,
  params: { database: string | undefined; typed: readonly string[]; partial: string },
): Promise<string[]> {
  const { database, typed, partial } = params;
  const propose = proposalsFor(typed);
  if (propose === undefined || partial.startsWith("-")) return [];
  const found = await fromStore(context, context.databasePath(database), propose);
  return found.filter((word) => word.startsWith(partial));
}

function proposalsFor(typed: readonly string[]): Propose | undefined {
  const [command, second, ...more] = typed;
  const last = typed.at(-1);
  if (command === "debug" && second === "logs" && last === "--run") return newestRuns(() => true);
  if (command === "records" && last === "--kind") return kindsOf(second ?? "");
  if (
    command === "keystore" && more.length === 0 && second !== undefined && ["get", "set", "delete"].includes(second)
  ) {
    return keystoreNames;
  }
  if (command === "schedule" && second === "add") return more.length === 1 ? taskNames : undefined;
  if (command === "schedule" && typed.length === 2 && second !== "list") return scheduleNames;
  if (command === "diff" && typed.length === 2) return newestRuns(() => true);
  if (typed.length !== 1) return undefined;
  switch (command) {
    case "completions":
      return () => ["bash", "zsh", "fish"];
    case "run":
    case "versions":
      return taskNames;
    case "show":
    case "records":
    case "sql":
    case "diff":
    case "export-run":
      return newestRuns(() => true);
    case "cancel":
    case "resume":
      return newestRuns(({ status }) => !isRunEnded(status));
    default:
      return undefined;
  }
}

function newestRuns(isMeant: (run: TaskRun) => boolean): Propose {
  return (store) => {
    const runs = (store?.taskRuns.newest({ limit: 100 }) ?? [])
      .filter((run) => run.parentRun === null);
    const meant = runs.filter(isMeant).slice(0, RUNS).map(({ id }) => shortId(id));
    return runs[0] !== undefined && isMeant(runs[0]) ? ["last", ...meant] : meant;
  };
}

function kindsOf(run: string): Propose {
  return (store) => {
    try {
      return store === undefined ? [] : [...store.records.kinds(findRun(store, run).run).keys()];
    } catch (error) {
      // Of a run that is not there nothing is proposed; the command says what is wrong.
      if (error instanceof TaskerError) return [];
      throw error;
    }
  };
}

const scheduleNames: Propose = (store) => store?.schedules.list().map(({ name }) => name) ?? [];

/** Of the default namespace: which another word may name comes later in the line. */
const keystoreNames: Propose = (store) => store?.keystore.list("default").map(({ name }) => name) ?? [];

/** A database that is not there yet has no runs, and the tasks that come with tasker. */
async function fromStore(context: Context, path: string, propose: Propose): Promise<readonly string[]> {
  try {
    return await readingRuns(context, path, propose);
  } catch (error) {
    if (!(error instanceof TaskerError) || error.code !== "NOT_FOUND") throw error;
    return await propose(undefined);
  }
}
