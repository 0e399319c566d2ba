import type { Findings } from "../findings.ts";
import { type Evidence, nameOf } from "./evidence.ts";

/** Every acknowledged signal is there once, and is the result of one call at most: of the one that waited for it. */
export function checkSignals(
  evidence: Evidence,
  acknowledged: ReadonlyMap<string, string>,
  findings: Findings,
): void {
  const { journal: { signals, frames } } = evidence;
  const sent = new Map(signals.map((signal) => [signal.signalId, signal]));
  for (const [key, run] of acknowledged) {
    if (!sent.has(key)) findings.report("signals", `run ${run}: ${key} was acknowledged and is not there`);
  }
  if (sent.size < signals.length) findings.report("signals", "a signal is there twice");
  const takers = new Map(signals.map((signal) => [signal.takenBy, signal]));
  for (const frame of frames.filter(({ service, status }) => service === "signals" && status === "completed")) {
    const signal = takers.get(frame.id);
    const { key } = frame.result as { key: string };
    if (signal?.data.key === key && key === frame.args[0]) continue;
    findings.report(
      "signals",
      `${nameOf(evidence, frame)} waited for ${frame.args[0]}, has ${key}, took ${signal?.signalId}`,
    );
  }
  for (const { signalId, takenBy } of signals.filter(({ takenBy }) => takenBy !== null)) {
    const taker = frames.find(({ id }) => id === takenBy);
    if (taker?.status !== "completed") {
      findings.report("signals", `${signalId} is taken by a call that is ${taker?.status}`);
    }
  }
}
