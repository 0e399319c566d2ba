import { type Bed, moment, owner, serve } from "../bed.ts";
import type { TaskerProcess } from "../processes.ts";
import type { Sight } from "../witness.ts";
import type { Fault } from "./fault.ts";

/** Calls that are waited for before a kill come within this, or the kill comes without them, ms. */
const PATIENCE = 2_000;
/** Numbers of outside calls at a time. */
export const LANES = [1, 4, 8, 32, 32];

/** The owner is killed in the middle of its work; the next one starts only when it is known what was recorded. */
export const kill: Fault = {
  impossible: () => undefined,
  async strike(bed, dice) {
    const process = await owner(bed);
    await Promise.race([bed.service.arrivals(dice.between(1, 20)), moment(PATIENCE)]);
    await moment(dice.between(0, 30));
    const sight = await death(bed, process);
    await moment(dice.between(0, 400));
    const next = serve(bed, dice.pick(LANES));
    const since = performance.now();
    const after = await owner(bed);
    const by = after === next ? "the next" : `${after.purpose}`;
    return `owner ${process.pid} killed; ${calls(sight)}; ${by} ${after.pid} owns after ${seconds(since)}`;
  },
};

/** Kills a process and looks at what it has left, before others change it unless one of them waits to take over. */
export async function death(bed: Bed, process: TaskerProcess): Promise<Sight> {
  process.kill("SIGKILL");
  await process.running.end();
  return bed.witness.look();
}

export function calls({ recorded, inFlight }: Sight): string {
  return `${recorded} calls recorded, ${inFlight} in flight`;
}

export function seconds(since: number): string {
  return `${((performance.now() - since) / 1_000).toFixed(1)} s`;
}
