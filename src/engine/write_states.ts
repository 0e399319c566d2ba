import type { LiveRun } from "./live_run.ts";
import type { Parts } from "./parts.ts";

/** Part of every transaction: rows follow what the runs in memory have become. Gives the runs that were touched since the last one. */
export function writeStates({ runs, store }: Parts, isLeftOut: (live: LiveRun) => boolean): LiveRun[] {
  const changed = runs.takeChanged();
  for (const live of changed) {
    if (isLeftOut(live)) {
      runs.touch(live);
      continue;
    }
    if (live.phase === "ending" || live.isOver || live.status === "held" || live.status === "queued") continue;
    const root = live.quiescent ? "suspended_waiting_child" : "pending_resume";
    // A root in processing has not been suspended yet, and needs no resume.
    if (live.rootStatus === root || (!live.quiescent && live.rootStatus === "processing")) continue;
    if (store.stackRuns.move(live.rootFrame, root)) live.rootStatus = root;
    const status = live.quiescent ? "suspended_waiting_child" : "running";
    if (live.status === "cancelling") continue;
    if (live.status !== status && store.taskRuns.move(live.run, status)) live.status = status;
  }
  return changed;
}
