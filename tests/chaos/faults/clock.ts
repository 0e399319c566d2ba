import { moment, owner } from "../bed.ts";
import type { Fault } from "./fault.ts";
import { death, seconds } from "./kill.ts";

const HOUR = 3_600;
/** How long it may take until a run shows the time of the moved clock, ms. */
const PATIENCE = 20_000;

/** The clock jumps an hour ahead or back, and after a while again to where it was; half the times the owner dies between. */
export const clock: Fault = {
  impossible: ({ clock }) =>
    clock === undefined
      ? "libfaketime is not installed (Debian: apt-get install libfaketime), or does not work here"
      : undefined,
  async strike(bed, dice) {
    const jump = dice.pick([HOUR, -HOUR]);
    const dies = dice.chance(0.5);
    const since = performance.now();
    await owner(bed);
    const words = await bed.processes.inTrouble("moved clock", async () => {
      bed.clock!.move(jump);
      // A run that was made since shows that the clock has really moved.
      while (Math.abs(bed.witness.look().newestAt - Date.now() - jump * 1_000) > HOUR * 100) {
        if (performance.now() - since > PATIENCE) return ", which no run has shown";
        await moment(100);
      }
      await moment(dice.between(200, 2_000));
      if (dies) await death(bed, await owner(bed));
      await owner(bed);
      bed.clock!.move(0);
      await moment(dice.between(0, 500));
      return dies ? ", the owner killed meanwhile" : "";
    });
    bed.clock!.move(0);
    if (words.includes("no run")) throw new Error(`the clock was moved${words}`);
    return `${jump > 0 ? "+" : "−"}1 h and back after ${seconds(since)}${words}`;
  },
};
