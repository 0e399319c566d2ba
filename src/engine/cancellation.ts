import { milliseconds } from "../core/duration.ts";
import { type ErrorCode, type SerializedError, serializeError } from "../core/errors.ts";
import type { StackRun } from "../store/stack_runs.ts";
import type { TaskRun } from "../store/task_runs.ts";
import { outcomeUnknown } from "./attempt.ts";
import type { Change } from "./committer.ts";
import type { LiveRun } from "./live_run.ts";
import type { Parts } from "./parts.ts";
import { HELD } from "./held.ts";
import { cancelledError } from "./settlement.ts";

/** How long a cancelled run may take to clean up, unless its manifest says otherwise, ms. */
const CLEAN_UP = 30_000;
const OVER: ErrorCode = "DEADLINE_EXCEEDED";

/**
 * Cancels a run that has begun: the calls that it waits for fail with a CancelledError, in the order of deliveries like any
 * other outcome, so a replay sees the same. What is nested in it comes first: its own code is told when that has ended. Calls
 * that it makes afterwards, to clean up, are made; when the time for that is over it is ended. To be flushed at once.
 */
export function beginCancellation(parts: Parts, top: LiveRun, error: SerializedError): Change {
  const told: (() => void)[] = [];
  const cancelled: LiveRun[] = [];
  /** When the clean-up of a run, and of what is nested in it, is over at the latest. */
  const cancel = (live: LiveRun, error: SerializedError, now: number): number => {
    const { store, runs, settlement } = parts;
    const row = store.taskRuns.get(live.run)!;
    if (row.endedAt !== null) return now;
    if (row.status === "cancelling") return row.dueAt ?? now;
    const children = store.nestedRuns.open(live.run);
    const begin = Math.max(now, ...children.map((child) => cancel(runs.get(child.run)!, nestedError(error), now)));
    const dueAt = begin + milliseconds(live.manifest.limits.cleanUp ?? CLEAN_UP);
    const after = live.lastDelivery;
    store.taskRuns.cancel(live.run, { error: JSON.stringify(error), after, dueAt });
    if (live.status === "held") store.stackRuns.waits.unblockRun(live.run, HELD);
    live.status = "cancelling";
    live.cancellation = { error, after, lastSeq: store.stackRuns.last(live.run).seq };
    cancelled.push(live);
    runs.touch(live);
    const nested = new Set(children.map(({ rootFrame }) => rootFrame));
    for (const frame of store.stackRuns.open(live.run)) {
      if (frame.seq === 0 || nested.has(frame.id)) continue;
      const json = JSON.stringify(toldTo(live, frame, error));
      told.push(settlement.settleInside(live, frame, { status: "cancelled", json }, now));
    }
    return dueAt;
  };
  return {
    apply: (now) => void cancel(top, error, now),
    after() {
      for (const live of cancelled) parts.processor.abortRun(live, "the run is cancelled");
      for (const tell of told) tell();
      // One that had nothing open is told by its next calls: when it was held, its code has to go on for that.
      for (const live of cancelled) {
        if (live.phase === "parked" && !live.quiescent) parts.driver.open(live);
      }
      parts.processor.passKeysOn();
    },
  };
}

/** Of a call that may have happened, and cannot be looked for, it is said so. */
function toldTo(live: LiveRun, frame: StackRun, error: SerializedError): SerializedError {
  const isUnknown = frame.lane && frame.status === "processing" && !live.inFlight.has(frame.id);
  if (!isUnknown) return error;
  const { message, hint } = serializeError(outcomeUnknown("its run was cancelled while it was in flight"));
  return { ...error, message: `${error.message}; ${message}`, ...(hint === undefined ? {} : { hint }) };
}

/** Whether its code may have made a call. */
export function hasBegun(live: LiveRun): boolean {
  return live.rootStatus !== "pending" && (live.phase !== "parked" || live.lastSeq > 0);
}

/** What a run is told that is cancelled with the run around it. */
function nestedError(error: SerializedError): SerializedError {
  return error.code === OVER ? cancelledError("the run around it was not over at its deadline") : error;
}

function overDeadline({ taskRuns, runLinks }: Parts["store"], { run, deadline, createdAt }: TaskRun): SerializedError {
  const { chain } = runLinks.get(run);
  const submittedAt = (chain === null ? undefined : taskRuns.byId(chain)?.createdAt) ?? createdAt;
  const message = `the run was not over at its deadline, ${formatSpan(deadline! - submittedAt)} after its submission`;
  return { ...cancelledError(message), code: OVER };
}

function formatSpan(ms: number): string {
  return ms < 60_000 ? `${ms / 1_000} s` : `${Math.round(ms / 6_000) / 10} min`;
}

/** The time of a run is over: one that was to be over by now is cancelled, the clean-up of a cancelled one is cut off. */
export function endOverdue(parts: Parts, run: number): void {
  const { runs, processor, settlement, committer, store } = parts;
  const live = runs.get(run);
  if (live === undefined || live.phase === "ending") return;
  if (live.cancellation === undefined) {
    const error = overDeadline(store, store.taskRuns.get(run)!);
    if (hasBegun(live)) committer.stage(beginCancellation(parts, live, error));
    else settlement.end(live, { type: "failed", error });
    return;
  }
  const { cancellation: { error } } = live;
  processor.abortRun(live, "the run is cancelled");
  const message = `${error.message}; its clean-up took too long and was cut off`;
  settlement.end(live, { type: "cancelled", error: { ...error, message } });
}
