import { type Bed, moment, owner } from "./bed.ts";
import { faults } from "./faults/faults.ts";
import { type FaultName, faultPlan } from "./plan.ts";

/** What became of the faults of one name. */
export interface FaultCount {
  times: number;
  /** Why it was left out; undefined when it was made. */
  leftOut?: string;
}

/** How often it is looked after an owner while nothing else is done, ms. */
const LOOKING_AFTER = 250;

/** Makes one fault after another until the time is over or the signal says so, and tells each in a line. */
export async function storm(
  bed: Bed,
  params: { seed: number; duration: number; signal: AbortSignal; say: (line: string) => void },
): Promise<ReadonlyMap<FaultName, FaultCount>> {
  const { seed, duration, signal, say } = params;
  const counts = new Map<FaultName, FaultCount>();
  const began = performance.now();
  const isOver = () => signal.aborted || performance.now() - began >= duration;
  for (let index = 0; !isOver(); index++) {
    const { name, pause, dice } = faultPlan(seed, index);
    const fault = faults[name];
    const count: FaultCount = counts.get(name) ?? { times: 0 };
    counts.set(name, count);
    const leftOut = fault.impossible(bed);
    if (leftOut !== undefined) {
      if (count.leftOut === undefined) say(`${name.padEnd(16)} LEFT OUT: ${leftOut}`);
      count.leftOut = leftOut;
      continue;
    }
    await undisturbed(bed, pause);
    if (isOver()) break;
    const line = await fault.strike(bed, dice, `f${index}`);
    count.times++;
    const at = ((performance.now() - began) / 1_000).toFixed(1).padStart(6);
    say(`${at} s  ${name.padEnd(16)} ${line}`);
  }
  return counts;
}

/** Somebody owns the file all the while: a process that only followed a run of its own may have ended by itself. */
async function undisturbed(bed: Bed, ms: number): Promise<void> {
  const end = performance.now() + ms;
  do {
    await owner(bed);
    await moment(Math.min(LOOKING_AFTER, Math.max(0, end - performance.now())));
  } while (performance.now() < end);
}
