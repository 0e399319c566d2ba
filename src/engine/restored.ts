import type { Store } from "../store/store.ts";
import { HELD } from "./held.ts";

/** What of a restored file waits for a person. */
export interface Restored {
  /** Ids of runs of their own that had not ended. */
  readonly held: readonly string[];
  /** Names of schedules. */
  readonly paused: readonly string[];
}

/**
 * Makes a file that was restored safe to be owned: what had not ended is held, since the calls that it has made since the
 * backup are not in its journal and would be made again; schedules are paused, since they may have fired since. In one
 * transaction, with an entry in the audit log. Only for who holds the file's ownership.
 */
export function holdRestored(store: Store, by: { who: string; from: string; now: number }): Restored {
  return store.db.transaction(() => {
    const held: string[] = [];
    for (const { id, run, rootFrame, status, parentRun } of store.taskRuns.unfinished()) {
      if (parentRun === null) held.push(id);
      if (status === "held") continue;
      store.stackRuns.waits.blockRun(run, HELD);
      store.stackRuns.move(rootFrame, "pending_resume");
      store.taskRuns.move(run, "held");
      store.taskRuns.setLive(run, false);
    }
    const firing = store.schedules.list().filter(({ paused }) => !paused);
    for (const { id } of firing) store.schedules.setPaused(id, { paused: true, nextAt: null });
    const paused = firing.map(({ name }) => name);
    store.audit.append(
      { event: "restored", who: by.who, from: by.from, held: held.length, paused: paused.length },
      by.now,
    );
    // Whoever owned the file at the time of the backup has not died with it.
    store.owner.leave(store.owner.epoch());
    return { held, paused };
  });
}
