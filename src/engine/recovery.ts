import { serializeError, TaskerError } from "../core/errors.ts";
import { frameId } from "../core/ids.ts";
import { gateOf, sentArgs } from "../store/gates.ts";
import type { StackRun } from "../store/stack_runs.ts";
import { outcomeUnknown } from "./attempt.ts";
import { optionsOf } from "./call_options.ts";
import { HELD } from "./held.ts";
import type { Parts } from "./parts.ts";

/** Deaths of the process that count against a run before it is failed. */
const MAX_DEATHS = 3;
/** Early in a turn, where a process that was only killed a few times dies too. */
const MAX_EARLY_DEATHS = 10;

/** Takes up the unfinished runs of the file: after a crash as after an orderly stop. `died`: the owner before was at work when it ended. */
export function recover(parts: Parts, died: boolean): void {
  const { store, committer, runs, driver, settlement } = parts;
  committer.stage({ apply: (now) => parts.departures.takeUp(now) });
  const suspects = new Set(store.taskRuns.suspects());
  for (const frame of store.stackRuns.interrupted()) takeUp(parts, frame);
  committer.stage({
    apply: () => {
      store.stackRuns.waits.unblockKeys();
      store.taskRuns.clearLive();
      parts.admission.askAll();
    },
  });
  for (const row of store.taskRuns.unfinished()) {
    if (row.status === "held" || row.status === "queued") continue;
    const live = runs.get(row.run)!;
    if (died && suspects.has(row.run)) live.suspect = true;
    if (row.deaths >= MAX_DEATHS || row.earlyDeaths >= MAX_EARLY_DEATHS) {
      const deaths = row.deaths + row.earlyDeaths;
      settlement.end(live, { type: "failed", error: serializeError(killedProcess(deaths)) });
    } else if (live.rootStatus !== "suspended_waiting_child" && live.rootStatus !== "pending") {
      // One whose root is pending was given back by an owner that stopped before it began: it begins when it is claimed.
      live.marked = true;
      committer.stage({ apply: () => store.taskRuns.setLive(live.run, true), after: () => driver.open(live) });
    }
  }
  committer.flush();
}

/** A frame that was in somebody's hands: repeated if that does no harm, otherwise its outcome is not known. */
function takeUp(parts: Parts, frame: StackRun): void {
  const { store, committer, runs, settlement } = parts;
  if (frame.seq === 0) return;
  if (frame.service === "tasks" && store.taskRuns.byRootFrame(frame.id) !== undefined) return;
  const live = runs.get(frame.run)!;
  if (mayRepeat(parts, frame)) {
    committer.stage({
      apply: () => {
        const blocked = live.status === "held" ? { blocked: HELD } : {};
        store.stackRuns.release(frame.id, { counted: false, ...blocked });
      },
    });
  } else {
    const error = outcomeUnknown(`the process died while ${frameId(live.id, frame.seq)} was in flight`);
    settlement.settle(live, frame, { status: "failed", json: JSON.stringify(serializeError(error)) });
  }
}

function mayRepeat(parts: Parts, frame: StackRun): boolean {
  const { manifest } = parts.runs.get(frame.run)!;
  const gate = gateOf(frame);
  // What the policy has stopped has not left.
  if (gate !== undefined && gate.state !== "approved") return true;
  try {
    const service = parts.options.services.get(frame.service);
    const { idempotencyKey } = optionsOf(frame);
    const call = { method: frame.method, args: sentArgs(frame), manifest, idempotencyKey };
    return service.local || service.traits(call).repeatable;
  } catch {
    // It cannot be called at all; trying says why.
    return true;
  }
}

function killedProcess(deaths: number): TaskerError {
  return new TaskerError(
    "TASK_KILLED_PROCESS",
    `the process died ${deaths} times while only this task's code was running`,
    {
      hint: "it most likely used up the memory; keep less at a time, e.g. append records instead of collecting them",
    },
  );
}
