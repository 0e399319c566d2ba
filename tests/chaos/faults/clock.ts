import { type Bed, moment, owner } from "../bed.ts";
import type { Fault } from "./fault.ts";
import { death, seconds } from "./kill.ts";

const HOUR = 3_600;
/** How long it may take until a run shows the time of the moved clock, ms. */
const PATIENCE = 30_000;

/** The clock jumps an hour ahead or back, and after a while to where it was; half the times the owner dies between. */
export const clock: Fault = {
  impossible: ({ clock }) =>
    clock === undefined
      ? "libfaketime is not installed (Debian: apt-get install libfaketime), or does not work here"
      : undefined,
  async strike(bed, dice, name) {
    const jump = dice.pick([HOUR, -HOUR]);
    const dies = dice.chance(0.5);
    const since = performance.now();
    await owner(bed);
    await bed.processes.inTrouble("moved clock", async () => {
      bed.clock!.move(jump);
      await mustShow(bed, jump, name);
      await moment(dice.between(200, 2_000));
      if (dies) await death(bed, await owner(bed));
      await owner(bed);
      bed.clock!.move(0);
      await moment(dice.between(0, 500));
    });
    return `${jump > 0 ? "+" : "−"}1 h and back after ${seconds(since)}${dies ? ", the owner killed meanwhile" : ""}`;
  },
};

/** A run that is made now shows that the clock of the owner has really moved. */
async function mustShow(bed: Bed, jump: number, name: string): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  for (let attempt = 1; performance.now() < deadline; attempt++) {
    await owner(bed);
    const input = { name: `${name}-${attempt}`, steps: [{ do: "log" }] };
    await bed.load.client().submit({ taskName: "errand", input }).catch(() => {/* its owner had just ended */});
    if (Math.abs(bed.witness.look().newestAt - Date.now() - jump * 1_000) < HOUR * 100) return;
  }
  throw new Error("the clock was moved, and no run shows it");
}
