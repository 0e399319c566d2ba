import type { SharedPart } from "../store/journal_copies.ts";
import type { StackRun } from "../store/stack_runs.ts";
import type { Store } from "../store/store.ts";
import { storedJson } from "../store/stored_json.ts";
import type { TaskFunction } from "../store/task_functions.ts";
import type { TaskRun } from "../store/task_runs.ts";
import { copyJournal } from "./copy_journal.ts";
import { isSameCall } from "./journal.ts";
import { errorOf, recordedEnding } from "./run_ending.ts";

/** What a retry shares with a run that ended without a result; undefined when its own code threw, and would throw again. */
export function partOf(store: Store, source: TaskRun): SharedPart | undefined {
  const all = { before: store.stackRuns.last(source.run).seq + 1 };
  const failuresFrom = firstFailure(store, source);
  if (failuresFrom === undefined) return isEndedByTheEngine(source) ? all : undefined;
  return { before: store.journalCopies.firstAfter(source.run, failuresFrom) ?? all.before, failuresFrom };
}

/** The delivery that a run has ended of: that of its failed call, or the first that told it that it was cancelled. */
function firstFailure(store: Store, source: TaskRun): number | undefined {
  if (source.cancelledAfter !== null) return source.cancelledAfter + 1;
  const { call } = errorOf(source);
  return call === undefined ? undefined : store.stackRuns.bySeq(source.run, call)?.delivery ?? undefined;
}

function isEndedByTheEngine(source: TaskRun): boolean {
  return recordedEnding(source) === undefined && errorOf(source).code !== "NON_DETERMINISM";
}

/** The same dice, the same beginning and the same zone, and as much time. */
export function columnsOf(source: TaskRun, { before }: SharedPart, now: number) {
  return {
    taskName: source.taskName,
    input: source.input,
    seed: source.seed,
    timeZone: source.timeZone,
    priority: source.priority,
    deadline: source.deadline === null ? undefined : now + source.deadline - source.createdAt,
    startedAt: before === 1 ? undefined : source.startedAt ?? source.createdAt,
    retryOf: source.id,
  };
}

export function shareOf(store: Store, source: TaskRun, part: SharedPart) {
  const again = store.journalCopies.unanswered(source.run, part).filter(({ hasFailed }) => hasFailed);
  return { run: source.id, from: part.before, set: [], again: again.map(({ seq }) => seq) };
}

/** A nested run that ended with the run around it, or failed it, and the version with which it goes on. */
export interface EarlierNested {
  readonly source: TaskRun;
  readonly task: TaskFunction;
  readonly part: SharedPart;
}

/** Of a call that a retry makes again: the nested run that it was, where that can go on; undefined: it begins anew. */
export function earlierNested(
  store: Store,
  around: { readonly run: number; readonly retryOf: string | null },
  frame: Pick<StackRun, "seq" | "service" | "method" | "args">,
): EarlierNested | undefined {
  const failed = around.retryOf === null ? undefined : store.taskRuns.byId(around.retryOf);
  const call = failed && store.stackRuns.bySeq(failed.run, frame.seq);
  const { from } = storedJson(store.taskRuns.get(around.run)!.forkedFrom ?? '{"from":0}') as { from: number };
  if (call === undefined || frame.seq >= from || !isSameCall(call, frame)) return undefined;
  const source = store.taskRuns.byRootFrame(call.id);
  if (source === undefined || source.endedAt === null || source.status === "completed") return undefined;
  const part = partOf(store, source);
  return part && { source, task: store.taskFunctions.get(source.functionId), part };
}

/** What a nested run is made from that goes on with an earlier one; its journal comes with `copyEarlier`. */
export function nestedColumns(store: Store, { source, part }: EarlierNested, now: number) {
  return { ...columnsOf(source, part, now), forkedFrom: JSON.stringify(shareOf(store, source, part)) };
}

export function copyEarlier(store: Store, { source, part }: EarlierNested, run: number, now: number): void {
  copyJournal(store, { source: source.run, run, part, now });
  store.signals.handOn({ from: source.run, to: run, before: part.before });
}
