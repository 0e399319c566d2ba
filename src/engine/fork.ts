import { uuidv7 } from "uuidv7";
import { TaskerError } from "../core/errors.ts";
import type { Json, JsonObject } from "../core/json.ts";
import type { Store } from "../store/store.ts";
import { storedJson } from "../store/stored_json.ts";
import type { TaskFunction } from "../store/task_functions.ts";
import type { TaskRun } from "../store/task_runs.ts";
import { type AuditOptions, auditSubmission, type Cause, checkCause } from "./audit.ts";
import { likeEarlierRun } from "./earlier_run.ts";
import { copyJournal } from "./copy_journal.ts";
import { completeInput } from "./input.ts";
import { deadlineOf, findTask } from "./submit.ts";

/** A run that is to share another one's journal. Whoever chooses its id may ask for it again: there is one run. */
export interface Fork extends Cause {
  readonly id?: string | undefined;
  /** Id of the run that it shares with. */
  readonly run: string;
  /** The first call that is made anew; absent: the first one after an answer of `set`. */
  readonly from?: number | undefined;
  /** The run's own when absent. */
  readonly input?: Json | undefined;
  /** Results in place of recorded ones, by seq. */
  readonly set?: ReadonlyMap<number, Json> | undefined;
  /** Whether the task's newest version takes the place of the run's own. */
  readonly latest?: boolean | undefined;
  /** The hash of a draft of the task that takes its place. */
  readonly draft?: string | undefined;
  /** Whether calls from `from` on that ask what a call of that run has asked get its result, and are not made. */
  readonly answers?: boolean | undefined;
}

/**
 * Inserts a run that has made the calls of another one before `from`, as it has: their answers in their order, the rows, log
 * lines and progress that they told. It is where that run was, and goes on; `isNew`: it was not there before. Calls that
 * have no answer are made again. Call it inside a transaction. Throws NOT_FOUND, INVALID_INPUT, CONFLICT.
 */
export function insertFork(
  store: Store,
  params: Fork & { audit: AuditOptions; now: number },
): { run: number; id: string; isNew: boolean } {
  const { id = uuidv7(), set = new Map<number, Json>(), audit, now } = params;
  const source = store.taskRuns.byId(params.run);
  if (source === undefined) {
    throw new TaskerError("NOT_FOUND", `there is no run ${params.run}`, { hint: "`tasker runs` lists them" });
  }
  const from = checkedFrom(store, source, params.from, set);
  const task = params.latest || params.draft !== undefined
    ? findTask(store, source.taskName, params.draft)
    : store.taskFunctions.get(source.functionId);
  const input = params.input === undefined
    ? storedJson(source.input)
    : completeInput(task.manifest.input, likeEarlierRun(store, task, params.input));
  const answers = params.answers ?? false;
  const forkedFrom = {
    ...{ run: source.id, from, set: [...set.keys()].sort((a, b) => a - b) },
    ...(answers ? { answers } : {}),
  };
  const known = store.taskRuns.byId(id);
  if (known !== undefined) {
    refuseAnother(known, { forkedFrom, input, task });
    return { run: known.run, id, isNew: false };
  }
  checkCause(params, audit);
  const run = store.taskRuns.insert({
    id,
    functionId: task.id,
    taskName: task.name,
    input: JSON.stringify(input),
    // The same dice, the same beginning and the same zone: the calls before `from` may have been made of them.
    seed: source.seed,
    timeZone: source.timeZone,
    parentRun: null,
    priority: source.priority,
    deadline: deadlineOf(task, { now }),
    audit: auditSubmission(store, { ...params, id, task, input, forkedFrom, audit, now }),
    forkedFrom: JSON.stringify(forkedFrom),
    now,
  });
  const root = store.stackRuns.insert({
    ...{ run, seq: 0, service: "tasks", method: "execute", lane: false, now },
    args: JSON.stringify([task.name, input]),
  });
  store.taskRuns.setRootFrame(run, root);
  store.stackRuns.move(root, "processing");
  store.taskRuns.move(run, "running", from === 1 && !answers ? now : source.startedAt ?? source.createdAt);
  store.taskRuns.setLive(run, true);
  // It has its turn already, as a run that is resumed; but it counts.
  store.turns.give(run, now);
  copyJournal(store, { source: source.run, run, part: { before: from }, now });
  for (const [seq, result] of set) {
    if (store.journalCopies.setResult(run, seq, JSON.stringify(result))) continue;
    throw new TaskerError("INVALID_INPUT", `call ${seq} of run ${source.id} has no answer that can be set`, {
      hint: "only recorded answers of calls before the fork can be, and no secrets of the keystore",
    });
  }
  return { run, id, isNew: true };
}

function firstAfterAnswer(store: Store, run: number, seq: number): number | undefined {
  const delivery = store.stackRuns.bySeq(run, seq)?.delivery ?? undefined;
  return delivery === undefined ? undefined : store.journalCopies.firstAfter(run, delivery);
}

function checkedFrom(store: Store, source: TaskRun, from: number | undefined, set: ReadonlyMap<number, Json>): number {
  const last = store.stackRuns.last(source.run).seq;
  const chosen = from ?? (set.size === 0 ? undefined : Math.max(
    ...set.keys().map((seq) => seq + 1),
    Math.min(...set.keys().map((seq) => firstAfterAnswer(store, source.run, seq) ?? last + 1)),
  ));
  if (chosen === undefined) {
    throw new TaskerError("INVALID_INPUT", "it is not said from which call on the run is to be made anew", {
      hint: "name the first call that is made again; `tasker show RUN` numbers them",
    });
  }
  if (chosen < 1 || chosen > last + 1) {
    throw new TaskerError("INVALID_INPUT", `run ${source.id} has no call ${chosen} to go on from`, {
      hint: last === 0
        ? "it has made no call: 1 is all there is"
        : `it has made ${last}: 1 to ${last + 1} can be named`,
    });
  }
  const late = [...set.keys()].find((seq) => seq >= chosen);
  if (late === undefined) return chosen;
  throw new TaskerError("INVALID_INPUT", `call ${late} is made anew from call ${chosen} on: its answer cannot be set`, {
    hint: `go on from a later call, ${late + 1} or more`,
  });
}

function refuseAnother(
  known: TaskRun,
  asked: { forkedFrom: JsonObject; input: Json; task: TaskFunction },
): void {
  const isSame = known.forkedFrom === JSON.stringify(asked.forkedFrom) && known.input === JSON.stringify(asked.input) &&
    known.functionId === asked.task.id;
  if (isSame) return;
  throw new TaskerError("CONFLICT", `there is another run with the id ${known.id}`, {
    hint: "an id of your own must be new, or come with the same fork",
  });
}
