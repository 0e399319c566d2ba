import { TaskerError } from "../core/errors.ts";
import { newestOf } from "../store/run_links.ts";
import type { Store } from "../store/store.ts";
import type { TaskRun } from "../store/task_runs.ts";

/** Ids of runs share their beginnings (the time), so an end serves too; shorter ones would be chance hits. */
const SHORTEST = 4;
const PAGE = 500;

/** The run that a person means: an id, a unique beginning or end of one (4 characters or more), or `last`. */
export function findRun(store: Store, text: string): TaskRun {
  if (text === "last") {
    for (const run of newestFirst(store)) if (run.parentRun === null) return run;
    throw notFound("there is no run yet");
  }
  const exact = store.taskRuns.byId(text);
  if (exact !== undefined) return exact;
  if (!/^[0-9a-f-]+$/i.test(text) || text.length < SHORTEST) {
    throw notFound(`there is no run ${text}`, `a beginning or end of an id has ${SHORTEST} characters or more`);
  }
  const part = text.toLowerCase();
  const found: TaskRun[] = [];
  for (const run of newestFirst(store)) {
    if (run.id.startsWith(part) || run.id.endsWith(part)) found.push(run);
    if (found.length > 3) break;
  }
  if (found.length === 0) throw notFound(`there is no run ${text}`);
  if (found.length > 1) {
    throw new TaskerError(
      "USAGE",
      `${text} fits several runs: ${found.slice(0, 3).map(({ id }) => id).join(", ")}${found.length > 3 ? " …" : ""}`,
      {
        hint: "give more of the id; its end differs most",
      },
    );
  }
  return found[0]!;
}

/** The same, or what it goes on as: for what can be done to a run that has not ended. */
export function findGoingOn(store: Store, text: string): TaskRun {
  return newestOf(store, findRun(store, text));
}

/** The newest run of a task; throws NOT_FOUND. */
export function newestRunOf(store: Store, task: string): TaskRun {
  for (const run of newestFirst(store)) if (run.taskName === task) return run;
  throw notFound(`there is no run of ${task} yet`, `\`tasker run ${task}\` makes one`);
}

/** A run of a task: the one that a person means; throws USAGE when that is one of another task. */
export function findRunOf(store: Store, task: string, text: string): TaskRun {
  const run = findRun(store, text);
  if (run.taskName === task) return run;
  throw new TaskerError("USAGE", `run ${shortId(run.id)} is one of ${run.taskName}, not of ${task}`, {
    hint: `leave --against out for the newest run of ${task}`,
  });
}

function notFound(message: string, hint?: string): TaskerError {
  return new TaskerError("NOT_FOUND", message, {
    hint: [hint, "`tasker runs` lists them"].filter((part) => part !== undefined).join("; "),
  });
}

/** The newest first; with `after`, those that come after that one. */
export function* newestFirst(store: Store, after?: number): Generator<TaskRun> {
  let before = after;
  for (;;) {
    const page = store.taskRuns.newest({ limit: PAGE, ...(before === undefined ? {} : { before }) });
    yield* page;
    if (page.length < PAGE) return;
    before = page.at(-1)!.run;
  }
}

/** The end of a run's id that people type. */
export function shortId(id: string): string {
  return id.slice(-8);
}
