import type { Findings } from "../findings.ts";
import type { FrameRow, Journal } from "../journal.ts";
import { nameOf } from "./evidence.ts";

/** Within each run: seqs from 0 (or 1, when it is nested) and deliveries from 1, each once and none left out. */
export function checkOrder(journal: Journal, findings: Findings): void {
  const runs = new Map(journal.runs.map((run) => [run.run, run]));
  for (const [run, frames] of Map.groupBy(journal.frames, (frame: FrameRow) => frame.run)) {
    const first = runs.get(run)!.parentRun === null ? 0 : 1;
    checkCount(frames, "seq", frames.map(({ seq }) => seq), first);
    checkCount(frames, "delivery", frames.flatMap(({ delivery }) => delivery === null ? [] : [delivery]), 1);
  }

  function checkCount(frames: readonly FrameRow[], what: string, numbers: readonly number[], first: number): void {
    for (const [at, number] of [...numbers].sort((a, b) => a - b).entries()) {
      if (number === at + first) continue;
      return findings.report("order", `${nameOf({ runs }, frames[0]!)}: its run's ${what} ${at + first} is ${number}`);
    }
  }
}
