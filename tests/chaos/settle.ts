import { type Bed, moment, owner, serve } from "./bed.ts";

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
  bed.service.allGoOn();
  for (const process of bed.processes.living) process.kill("SIGKILL");
  await Promise.all(bed.processes.living.map(({ running }) => running.end()));
  bed.witness.look();
  bed.clock?.move(LATER);
  const last = serve(bed, 32);
  await owner(bed);

  let sight = bed.witness.look();
  let movedAt = performance.now();
  while (sight.unfinished.length > 0 && performance.now() - movedAt < PATIENCE) {
    for (const { id, status, isRoot } of sight.unfinished) {
      if (isRoot && status === "held") await bed.load.client().resume(id);
    }
    await moment(100);
    const next = bed.witness.look();
    if (next.settled !== sight.settled) movedAt = performance.now();
    sight = next;
  }
  last.kill("SIGTERM");
  await last.running.end();
  bed.witness.look();
  await bed.owners.judged();
}
