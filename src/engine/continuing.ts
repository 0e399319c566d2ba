import { uuidv7 } from "uuidv7";
import { serializeError, TaskerError } from "../core/errors.ts";
import { canonicalJson, type Json } from "../core/json.ts";
import { sha256 } from "../store/sha256.ts";
import { storedJson } from "../store/stored_json.ts";
import type { StackRun } from "../store/stack_runs.ts";
import type { TaskRun } from "../store/task_runs.ts";
import { auditSubmission, causeOf } from "./audit.ts";
import type { LiveRun } from "./live_run.ts";
import type { Parts } from "./parts.ts";
import { grantedTo, insertOwn } from "./submit.ts";

/** A call of `run.continueAsNew` ends its run; only a refused one is settled, and can be caught. */
export function continueRun({ store, settlement }: Parts, live: LiveRun, frame: StackRun, given: Json): void {
  try {
    if (live.cancellation !== undefined) {
      throw new TaskerError("CONFLICT", "a run that is being cancelled does not continue as new");
    }
    const { input } = grantedTo(store, live, live.code, given);
    settlement.end(live, { type: "continued_as_new", input });
  } catch (error) {
    const serialized = serializeError(error);
    if (serialized.code.startsWith("DATABASE_")) throw error;
    settlement.settle(live, frame, { status: "failed", json: JSON.stringify(serialized) });
  }
}

/**
 * Inserts the run that goes on for one that ends in this transaction: of the same task and version, nested where that was. What
 * there is once passes over to it: key, deadline, priority, its place among the runs of its task, signals that nobody took.
 */
export function insertNext({ store, options: { audit } }: Parts, ended: TaskRun, input: Json, now: number): TaskRun {
  const { taskRuns, runLinks, signals } = store;
  const { startedBy, ...before } = runLinks.get(ended.run);
  const { chain = ended.id, asked = sha256(canonicalJson(storedJson(ended.input))) } = before.chain === null
    ? {}
    : before;
  runLinks.put(ended.run, { startedBy, chain, asked });
  runLinks.giveUp(ended.run);
  const task = store.taskFunctions.get(ended.functionId);
  const id = uuidv7();
  const same = {
    id,
    deadline: ended.deadline ?? undefined,
    idempotencyKey: ended.idempotencyKey ?? undefined,
    priority: ended.priority,
    timeZone: ended.timeZone,
    now,
  };
  const run = ended.parentRun === null
    ? insertOwn(store, {
      ...same,
      task,
      input,
      audit: auditSubmission(store, { ...causeOf(store, ended.run), id, task, input, continues: ended.id, audit, now }),
    }).run
    : insertNested();
  if (ended.admittedAt !== null) store.turns.give(run, ended.admittedAt);
  runLinks.put(run, { startedBy, chain, asked });
  signals.handOver(ended.run, run);
  return taskRuns.get(run)!;

  function insertNested(): number {
    const { rootFrame, parentRun } = ended;
    const seed = crypto.randomUUID();
    const run = taskRuns.insert({
      ...same,
      functionId: task.id,
      taskName: task.name,
      input: JSON.stringify(input),
      seed,
      rootFrame,
      parentRun,
    });
    store.stackRuns.move(rootFrame, "processing");
    taskRuns.move(run, "running", now);
    taskRuns.setLive(run, true);
    return run;
  }
}
