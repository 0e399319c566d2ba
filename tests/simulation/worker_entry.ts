/** A thread of the simulation: runs the schedules it is told to, each decided by its seed alone. */
import type { Verdict } from "./schedule.ts";

/** Schedules to run: seeds from `from`, up to and without `to`. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Said before each schedule. */
export interface Begun {
  readonly seed: number;
}

/** What came of a stretch. */
export interface StretchReport {
  readonly schedules: number;
  readonly events: number;
  readonly failed: readonly Verdict[];
}

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<Stretch | "end">) => void;
  postMessage(message: Begun | StretchReport | "ended"): void;
};
/** Loaded behind the message handler: what is sent before that is there would be lost. */
const loaded = import("./schedule.ts").then(({ Simulation }) => new Simulation());

scope.onmessage = async ({ data }) => {
  const simulation = await loaded;
  if (data === "end") {
    simulation[Symbol.dispose]();
    return scope.postMessage("ended");
  }
  const { from, to } = data;
  const failed: Verdict[] = [];
  let events = 0;
  for (let seed = from; seed < to; seed++) {
    scope.postMessage({ seed });
    const verdict = await simulation.run(seed);
    events += verdict.trace.length;
    if (verdict.violations.length > 0) failed.push(verdict);
  }
  scope.postMessage({ schedules: to - from, events, failed });
};
