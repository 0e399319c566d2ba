import { serializeError, TaskerError } from "../core/errors.ts";
import { isJsonObject, type Json } from "../core/json.ts";
import type { Outcome } from "../services/contract.ts";
import { newestById } from "../store/run_links.ts";
import type { StackRun } from "../store/stack_runs.ts";
import { storedJson } from "../store/stored_json.ts";
import type { Store } from "../store/store.ts";
import type { TaskRun } from "../store/task_runs.ts";
import type { Change } from "./committer.ts";
import { HELD } from "./held.ts";
import type { LiveRun } from "./live_run.ts";
import type { Parts } from "./parts.ts";
import type { FrameEnd } from "./settlement.ts";

/** What the frames that wait for the end of a run are blocked by. */
const endOf = (run: number) => `end ${run}`;

/** A run has ended, or goes on as another one: whatever waits for it looks again. Part of the transaction that ends it. */
export function tellEnd(store: Store, run: number): void {
  store.stackRuns.waits.unblockAll(endOf(run));
}

/** A call of `tasks.result`: settled with how the run, or what it goes on as, has ended; or else parked until it has. */
export function takeEnd(
  { store, settlement, runs, processor, committer }: Parts,
  live: LiveRun,
  frame: StackRun,
  wanted: Extract<Outcome, { type: "end" }>,
): Change {
  let then = () => {};
  return {
    concerns: live,
    apply(now) {
      if (store.stackRuns.get(frame.id)?.status !== "processing") return;
      const looked = committer.attempt(() => lookAt(store, live.run, wanted, now));
      const found = looked.ok ? looked.value : failed(looked.error);
      if ("json" in found) {
        then = settlement.settleInside(live, frame, found, now);
        return;
      }
      runs.touch(live);
      const { until } = wanted;
      store.stackRuns.release(frame.id, {
        waitingFor: `the end of run ${found.id} (${found.taskName})`,
        counted: false,
        blocked: live.status === "held" ? HELD : endOf(found.run),
        ...(until === undefined ? {} : { readyAt: until }),
      });
      if (until !== undefined) then = () => processor.wakeAt(until);
    },
    after: () => then(),
  };
}

/** How the run has ended, or the run that is still to end. */
function lookAt(
  store: Store,
  asking: number,
  { runId, until }: Extract<Outcome, { type: "end" }>,
  now: number,
): FrameEnd | TaskRun {
  const run = newestById(store, runId);
  if (run === undefined) {
    throw new TaskerError("NOT_FOUND", `there is no run ${runId.slice(0, 100)}`, {
      hint: "tools.tasks.start gives the id of a run; one that ended long ago may have been deleted",
    });
  }
  if (run.status === "completed") return { status: "completed", json: run.result! };
  // Also of a cancelled one: it is the other run that was.
  if (run.endedAt !== null) return { status: "failed", json: run.error! };
  refuseCycle(store, asking, run, until === undefined);
  if (until === undefined || now < until) return run;
  throw new TaskerError("TIMEOUT", `run ${runId} has not ended in time`, {
    hint: "catch this error to go on without its result; the run itself goes on",
  });
}

/** Refuses a wait that nothing could end: for a run that waits, itself or through others, for the one that asks. */
function refuseCycle(store: Store, asking: number, wanted: TaskRun, isWithoutEnd: boolean): void {
  const refuse = (why: string) => {
    throw new TaskerError("CONFLICT", `the end of run ${wanted.id} (${wanted.taskName}) cannot be waited for: ${why}`, {
      hint: "neither could ever end",
    });
  };
  if (wanted.run === asking) refuse("it is the run that waits");
  for (let at = store.taskRuns.get(asking)!; at.parentRun !== null;) {
    at = store.taskRuns.get(at.parentRun)!;
    if (at.run === wanted.run) refuse("it waits itself for the run that asks, which is nested in it");
  }
  // A wait that is over some time ends a cycle.
  if (!isWithoutEnd) return;
  const seen = new Set<number>();
  for (let next = [wanted]; next.length > 0;) {
    next = next.filter(({ run }) => !seen.has(run) && seen.add(run)).flatMap(({ run }) => waitsFor(store, run));
    if (next.some(({ run }) => run === asking)) refuse("it waits itself for the run that asks");
  }
}

/** The runs for whose ends a run waits. */
function waitsFor(store: Store, run: number): TaskRun[] {
  const asked = store.stackRuns.endWaits(run).map((args) => storedJson(args) as readonly Json[])
    .filter(([, options]) => !isJsonObject(options) || (options.timeout ?? null) === null)
    .map(([id]) => typeof id === "string" ? newestById(store, id) : undefined)
    .filter((wanted) => wanted !== undefined && wanted.endedAt === null) as TaskRun[];
  return [...store.nestedRuns.open(run), ...asked];
}

function failed(error: unknown): FrameEnd {
  return { status: "failed", json: JSON.stringify(serializeError(error)) };
}
