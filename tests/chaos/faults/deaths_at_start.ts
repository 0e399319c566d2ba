import { moment, owner, serve } from "../bed.ts";
import type { Fault } from "./fault.ts";
import { calls, death, LANES, seconds } from "./kill.ts";

/** The owner is killed, and those that follow it die one after another while they start. */
export const deathsAtStart: Fault = {
  impossible: () => undefined,
  async strike(bed, dice) {
    const startTime = await startTimeOf(bed);
    let sight = await death(bed, await owner(bed));
    const moments = Array.from({ length: dice.between(2, 5) }, () => dice.next() * 1.3);
    for (const share of moments) {
      const process = serve(bed, dice.pick(LANES));
      await moment(share * startTime);
      sight = await death(bed, process);
    }
    const since = performance.now();
    const after = await owner(bed, dice.pick(LANES));
    const when = moments.map((share) => `${Math.round(share * startTime)}`).join(", ");
    return `killed ${when} ms after their starts; ${calls(sight)}; ${after.pid} owns after ${seconds(since)}`;
  },
};

/** From the start of a process to its first answer as the owner, ms. The owner is another one afterwards. */
export async function startTimeOf(bed: Parameters<typeof owner>[0]): Promise<number> {
  await death(bed, await owner(bed));
  const since = performance.now();
  await owner(bed);
  return performance.now() - since;
}
