import { moment, owner } from "../bed.ts";
import type { Fault } from "./fault.ts";
import { calls, seconds } from "./kill.ts";

/** How long a stop may take, ms: 5 s for calls that cannot be broken off, and the rest. */
const PATIENCE = 20_000;

/** The owner is told to stop and must do so by itself. */
export const orderlyStop: Fault = {
  impossible: () => undefined,
  async strike(bed, dice) {
    const process = await owner(bed);
    await moment(dice.between(0, 300));
    const since = performance.now();
    process.kill("SIGTERM");
    const ended = await Promise.race([process.running.end(), moment(PATIENCE)]);
    if (ended === undefined) {
      bed.findings.report("processes", `${process.purpose} ${process.pid} still lives ${seconds(since)} after SIGTERM`);
      process.kill("SIGKILL");
    }
    const sight = bed.witness.look();
    return `owner ${process.pid} told to stop, ended after ${seconds(since)}; ${calls(sight)}`;
  },
};
