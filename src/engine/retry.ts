import { uuidv7 } from "uuidv7";
import { TaskerError } from "../core/errors.ts";
import { isRunEnded } from "../core/states.ts";
import type { SharedPart } from "../store/journal_copies.ts";
import type { Store } from "../store/store.ts";
import { storedJson } from "../store/stored_json.ts";
import type { TaskRun } from "../store/task_runs.ts";
import type { Admission } from "./admission.ts";
import { type AuditOptions, auditSubmission, type Cause, checkCause } from "./audit.ts";
import { copyJournal } from "./copy_journal.ts";
import { columnsOf, partOf, shareOf } from "./failed_part.ts";
import { completeInput } from "./input.ts";
import type { Parts } from "./parts.ts";
import { errorOf } from "./run_ending.ts";
import { findTask } from "./submit.ts";
import { refuseMisfit } from "./upgrade.ts";

/** A run that is to go on with a failed one. Whoever chooses its id may ask for it again: there is one run. */
export interface Retry extends Cause {
  readonly id?: string | undefined;
  /** Id of the run that has failed, or was cancelled. */
  readonly run: string;
  /** Whether the task's newest version takes the place of the run's own. */
  readonly latest?: boolean | undefined;
}

/**
 * Throws what speaks against a retry with the newest version: INVALID_INPUT when the input does not fit it, NON_DETERMINISM, with
 * the first call that differs, when it does not make the calls that the retry shares.
 */
export async function checkLatest(parts: Parts, id: string): Promise<void> {
  const { store } = parts;
  const source = failedRun(store, id);
  const task = findTask(store, source.taskName);
  if (task.id === source.functionId) return;
  completeInput(task.manifest.input, storedJson(source.input));
  await refuseMisfit(parts, { run: source, task, part: sharedPart(store, source, true), hint: "nothing was retried" });
}

/**
 * Inserts a run that goes on with one that has failed: it has its answers up to the failed call, which is made again with all
 * that was open beside it. It waits for its turn like any other. Call it inside a transaction. Throws NOT_FOUND, CONFLICT,
 * INVALID_INPUT.
 */
export function insertRetry(
  store: Store,
  params: Retry & { audit: AuditOptions; admission: Admission; now: number },
): string {
  const { id = uuidv7(), latest = false, audit, admission, now } = params;
  const source = failedRun(store, params.run);
  const known = store.taskRuns.retryOf(source.id);
  if (known?.id === id) return id;
  if (known !== undefined) throw retriedBefore(source, known);
  if (store.taskRuns.byId(id) !== undefined) {
    throw new TaskerError("CONFLICT", `there is another run with the id ${id}`, {
      hint: "an id of your own must be new, or come with the same retry",
    });
  }
  checkCause(params, audit);
  const part = sharedPart(store, source, latest);
  const task = latest ? findTask(store, source.taskName) : store.taskFunctions.get(source.functionId);
  const forkedFrom = shareOf(store, source, part);
  const run = store.taskRuns.insert({
    ...columnsOf(source, part, now),
    id,
    functionId: task.id,
    parentRun: null,
    forkedFrom: JSON.stringify(forkedFrom),
    audit: auditSubmission(store, { ...params, id, task, input: storedJson(source.input), forkedFrom, audit, now }),
    now,
  });
  const root = store.stackRuns.insert({
    ...{ run, seq: 0, service: "tasks", method: "execute", lane: false, priority: source.priority, now },
    args: JSON.stringify([task.name, storedJson(source.input)]),
  });
  store.taskRuns.setRootFrame(run, root);
  copyJournal(store, { source: source.run, run, part, now });
  store.signals.handOn({ from: source.run, to: run, before: part.before });
  admission.queue({ run, rootFrame: root, taskName: task.name, admittedAt: null });
  return id;
}

function sharedPart(store: Store, source: TaskRun, latest: boolean): SharedPart {
  const part = partOf(store, source);
  if (part !== undefined) return part;
  if (latest) return { before: store.stackRuns.last(source.run).seq + 1 };
  const { code, message } = errorOf(source);
  const { delivery } = store.stackRuns.last(source.run);
  const last = store.stackRuns.deliveries({ run: source.run, after: delivery - 1, limit: 1 })[0]?.seq ?? 1;
  throw new TaskerError(
    "CONFLICT",
    `no failed call has ended run ${source.id}: its code did (${code}: ${message.slice(0, 200)})`,
    {
      hint:
        `publish better code and retry it with --latest; \`tasker fork ${source.id} --from ${last}\` makes the last ` +
        "call anew that it had an answer of",
    },
  );
}

function failedRun(store: Store, id: string): TaskRun {
  const run = store.taskRuns.byId(id);
  if (run === undefined) {
    throw new TaskerError("NOT_FOUND", `there is no run ${id}`, { hint: "`tasker runs` lists them" });
  }
  if (run.parentRun !== null) {
    const top = topOf(store, run);
    throw new TaskerError("CONFLICT", `run ${id} is nested in run ${top.id}, which is ${top.status}`, {
      hint: top.status === "failed" || top.status === "cancelled"
        ? `retry that one: it goes on with what is nested in it (tasker retry ${top.id})`
        : "that one has its error, and decides what comes of it",
    });
  }
  if (run.status === "failed" || run.status === "cancelled") return run;
  throw new TaskerError("CONFLICT", `run ${id} has not failed: it is ${run.status}`, {
    hint: run.status === "held"
      ? `\`tasker resume ${id}\` lets it go on`
      : isRunEnded(run.status)
      ? "`tasker fork RUN --from SEQ` makes calls of it anew"
      : "it goes on by itself",
  });
}

function topOf(store: Store, run: TaskRun): TaskRun {
  let top = run;
  while (top.parentRun !== null) top = store.taskRuns.get(top.parentRun)!;
  return top;
}

function retriedBefore(source: TaskRun, by: TaskRun): TaskerError {
  const isOver = by.status === "failed" || by.status === "cancelled";
  return new TaskerError("CONFLICT", `run ${source.id} was retried before: run ${by.id} is ${by.status}`, {
    hint: isOver ? `retry that one: tasker retry ${by.id}` : `see it with \`tasker show ${by.id}\``,
  });
}
