import { TaskerError } from "../core/errors.ts";
import { openStore } from "../store/store.ts";
import type { SharedPart } from "../store/journal_copies.ts";
import { storedJson } from "../store/stored_json.ts";
import type { TaskFunction } from "../store/task_functions.ts";
import type { TaskRun } from "../store/task_runs.ts";
import { checkWords } from "./audit.ts";
import { NOBODY } from "./committer.ts";
import type { Difference } from "./dry_replay.ts";
import { completeInput } from "./input.ts";
import type { Parts } from "./parts.ts";
import { findTask } from "./submit.ts";

/**
 * Lets a held run go on with the newest version of its task, once that has made every call of its journal in a replay. Throws
 * NOT_FOUND; CONFLICT when the run is not held, or calls are still in flight; NON_DETERMINISM, naming the first call that
 * differs, and INVALID_INPUT when the input does not fit: the run stays with its version then.
 */
export async function upgrade(parts: Parts, id: string, by?: string): Promise<void> {
  const { store, committer, runs, options: { audit } } = parts;
  checkWords({ by });
  const run = heldRun(parts, id);
  const task = findTask(store, run.taskName);
  if (task.id === run.functionId) return;
  completeInput(task.manifest.input, storedJson(run.input));
  const before = store.stackRuns.last(run.run);
  await refuseMisfit(parts, { run, task, hint: "the run stays with its version" });
  await committer.commit((now) => {
    const current = heldRun(parts, id);
    const { seq, delivery } = store.stackRuns.last(run.run);
    const isSame = current.functionId === run.functionId && seq === before.seq && delivery === before.delivery;
    if (!isSame || findTask(store, run.taskName).id !== task.id) {
      throw new TaskerError("CONFLICT", `run ${id} or its task has changed in the meantime`, { hint: "ask again" });
    }
    const { version: from } = store.taskFunctions.get(run.functionId);
    store.taskRuns.setFunction(run.run, task.id);
    const { name, version: to, hash: code } = task;
    store.audit.append({ event: "upgraded", run: id, task: name, from, to, code, who: by?.trim() ?? audit.owner }, now);
    // It is read again, with its new code, when it goes on.
    const live = runs.known(run.run);
    if (live !== undefined) runs.forget(live);
  }, NOBODY);
}

/** A held run that nothing happens to any more: what is in flight would still be recorded by the version that asked for it. */
function heldRun({ store }: Parts, id: string): TaskRun {
  const run = store.taskRuns.byId(id);
  if (run === undefined) {
    throw new TaskerError("NOT_FOUND", `there is no run ${id}`, { hint: "`tasker runs` lists them" });
  }
  if (run.status !== "held") {
    throw new TaskerError("CONFLICT", `run ${id} is not held: it is ${run.status}`, {
      hint: "a run changes its version only while it is held",
    });
  }
  if (store.stackRuns.inFlight(run.run) > 0) {
    throw new TaskerError("CONFLICT", `run ${id} still has calls in flight`, {
      hint: "ask again when they have ended",
    });
  }
  return run;
}

/**
 * Throws NON_DETERMINISM when a version of a task does not make the calls of a run's journal, or of that part of it; `hint`: what
 * comes of that. On a connection of its own: the engine commits what other runs do meanwhile.
 */
export async function refuseMisfit(
  parts: Parts,
  params: { run: TaskRun; task: TaskFunction; part?: SharedPart; hint: string },
): Promise<void> {
  const { run, task: code, part, hint } = params;
  const { dryReplay } = await import("./dry_replay.ts");
  const store = openStore(parts.store.db.path, { create: false });
  try {
    const { reveal } = parts.options;
    const { difference } = await dryReplay({ store, run, code, reveal, ...(part === undefined ? {} : { part }) });
    if (difference !== undefined) throw differs(run, code, difference, hint);
  } finally {
    store.close();
  }
}

function differs(run: TaskRun, { name, version }: TaskFunction, difference: Difference, hint: string): TaskerError {
  const what = (call: { service: string; method: string }) => `${call.service}.${call.method}`;
  const where = difference.type === "end"
    ? "it ends in another way"
    : difference.type === "new call"
    ? `it makes a call more, ${what(difference.now)}`
    : `call ${difference.recorded.seq} was ${what(difference.recorded)}, and it ${
      difference.now === undefined ? "makes none" : `calls ${what(difference.now)}, or with other arguments`
    }`;
  return new TaskerError("NON_DETERMINISM", `${name} v${version} does not fit run ${run.id}: ${where}`, {
    hint: `${hint}; \`tasker replay RUN --code FILE\` shows the two calls`,
  });
}
