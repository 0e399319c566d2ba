/** A thread of the simulation: runs the schedules it is told to, each decided by its seed alone. */
import type { Verdict } from "./schedule.ts";

/** Schedules to run: seeds from `from`, up to and without `to`. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** What came of a stretch. */
export interface StretchReport {
  readonly schedules: number;
  readonly events: number;
  readonly failed: readonly Verdict[];
}

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<Stretch>) => void;
  postMessage(report: StretchReport): void;
};
/** Loaded behind the message handler: what is sent before that is there would be lost. */
const loaded = import("./schedule.ts").then(({ Simulation }) => new Simulation());

scope.onmessage = async ({ data: { from, to } }) => {
  const simulation = await loaded;
  const failed: Verdict[] = [];
  let events = 0;
  for (let seed = from; seed < to; seed++) {
    const verdict = await simulation.run(seed);
    events += verdict.trace.length;
    if (verdict.violations.length > 0) failed.push(verdict);
  }
  scope.postMessage({ schedules: to - from, events, failed });
};
