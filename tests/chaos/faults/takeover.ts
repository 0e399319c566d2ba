import { type Bed, moment, owner, serve } from "../bed.ts";
import type { TaskerProcess } from "../processes.ts";
import { programOf } from "../program.ts";
import type { Fault } from "./fault.ts";
import { startTimeOf } from "./deaths_at_start.ts";
import { LANES } from "./kill.ts";

/** Around the death, in start times of a process: the first is ready right then, the last sees a new owner. */
const [EARLIEST, LATEST] = [-1.3, 1];

/**
 * The owner is killed while others start, wait or have just come: at every moment of the takeover. Now and then one of
 * them is frozen in it.
 */
export const takeover: Fault = {
  impossible: () => undefined,
  async strike(bed, dice, name) {
    const startTime = await startTimeOf(bed);
    const process = await owner(bed);
    const starts = Array.from({ length: dice.between(3, 6) }, (_none, index) => ({
      at: (EARLIEST + dice.next() * (LATEST - EARLIEST)) * startTime,
      lanes: dice.pick(LANES),
      steps: dice.chance(0.4) ? programOf(dice) : undefined,
      frozenAfter: dice.chance(0.25) ? dice.next() * 1.5 * startTime : undefined,
      frozenFor: dice.between(100, 1_500),
      name: `${name}-${index}`,
    })).sort((a, b) => a.at - b.at);
    let deadAt = 0;
    const dying = (async () => {
      await moment(Math.max(0, -starts[0]!.at));
      process.kill("SIGKILL");
      await process.running.end();
      deadAt = performance.now();
      bed.witness.look();
    })();
    const began = performance.now();
    await Promise.all(starts.map(async (start) => {
      await moment(start.at - starts[0]!.at);
      const other = start.steps === undefined ? serve(bed, start.lanes) : bed.load.follow(start.name, start.steps);
      if (start.frozenAfter !== undefined) await freezeFor(bed, other, start.frozenAfter, start.frozenFor);
    }));
    await dying;
    const after = await owner(bed);
    const sight = bed.witness.look();
    const when = starts.map(({ at, steps }) => `${steps === undefined ? "serve" : "run"} ${Math.round(at)}`).join(", ");
    return `owner ${process.pid} killed, others started at ${when} ms; ${after.purpose} ${after.pid} owns (epoch ` +
      `${sight.owner.epoch}) ${((performance.now() - Math.max(deadAt, began)) / 1_000).toFixed(1)} s later`;
  },
};

async function freezeFor(bed: Bed, process: TaskerProcess, after: number, ms: number): Promise<void> {
  await moment(after);
  if (process.ended !== undefined) return;
  await bed.processes.inTrouble("frozen owner", async () => {
    process.kill("SIGSTOP");
    await moment(ms);
    process.kill("SIGCONT");
  });
}
