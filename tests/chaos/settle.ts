import { TaskerError } from "../../src/core/errors.ts";
import { type Bed, moment, owner, SCHEDULE } from "./bed.ts";
import type { Sight } from "./witness.ts";

/** Ahead of every time that a run may have been told to wait for, s. */
const LATER = 2 * 3_600;
/** How long it may take until something more has ended, ms: longer than any wait before another attempt. */
const PATIENCE = 90_000;

/**
 * After the faults: everybody dies once more, the clock is set to when all waiting is over, what is held is resumed, and
 * one last owner brings everything to its end and stops.
 */
export async function settle(bed: Bed): Promise<void> {
  await bed.load.stop();
  await bed.relays.stop();
  await bed.spenders.stop();
  bed.service.allGoOn();
  for (const process of bed.processes.living) process.kill("SIGKILL");
  await Promise.all(bed.processes.living.map(({ running }) => running.end()));
  bed.witness.look();
  bed.clock?.move(LATER);
  await endSchedule(bed);

  let sight = bed.witness.look();
  let movedAt = performance.now();
  while (sight.unfinished.length > 0 && performance.now() - movedAt < PATIENCE) {
    await owner(bed);
    await resumeHeld(bed, sight);
    await moment(100);
    const next = bed.witness.look();
    if (next.settled !== sight.settled) movedAt = performance.now();
    sight = next;
  }
  const last = await owner(bed);
  last.kill("SIGTERM");
  await last.running.end();
  bed.witness.look();
  await bed.owners.judged();
}

/** It has fired once more for what it missed, and fires no more. */
async function endSchedule(bed: Bed): Promise<void> {
  for (let isRemoved = false; !isRemoved;) {
    await owner(bed);
    try {
      await bed.load.client().changeSchedule("remove", { name: SCHEDULE });
      isRemoved = true;
    } catch (error) {
      if (!(error instanceof TaskerError)) throw error;
      // Its answer was lost, or the owner has ended.
      isRemoved = error.code === "NOT_FOUND";
    }
  }
}

async function resumeHeld(bed: Bed, { unfinished }: Sight): Promise<void> {
  for (const { id, status, isRoot } of unfinished) {
    if (!isRoot || status !== "held") continue;
    try {
      await bed.load.client().resume(id);
    } catch (error) {
      // It has ended since, or its owner has: the next round sees.
      if (!(error instanceof TaskerError)) throw error;
    }
  }
}
