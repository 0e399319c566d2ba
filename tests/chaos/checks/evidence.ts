import type { Seen } from "../errand.ts";
import { type Wanted, wantedOf } from "../expectation.ts";
import { callOf, type FrameRow, type Journal, type RunRow } from "../journal.ts";
import type { Service } from "../service.ts";

/** The journal at the end, prepared for the checks, beside what the service knows. */
export interface Evidence {
  readonly seed: number;
  readonly journal: Journal;
  readonly service: Service;
  readonly runs: ReadonlyMap<number, RunRow>;
  /** Calls of the service by key. One that stands in the journal twice is in `doubled`. */
  readonly calls: ReadonlyMap<string, FrameRow>;
  readonly doubled: readonly FrameRow[];
}

export function evidenceOf(params: { seed: number; journal: Journal; service: Service }): Evidence {
  const calls = new Map<string, FrameRow>();
  const doubled: FrameRow[] = [];
  for (const frame of params.journal.frames) {
    const call = callOf(frame);
    if (call === undefined) continue;
    if (calls.has(call.key)) doubled.push(frame);
    calls.set(call.key, frame);
  }
  return { ...params, runs: new Map(params.journal.runs.map((run) => [run.run, run])), calls, doubled };
}

/** What a completed run tells that it has seen, by key. */
export function seenOf(run: RunRow): Map<string, Seen> {
  return new Map((run.result as Seen[]).map((seen) => [seen.key, seen]));
}

/** What a completed run may have done, each with whether it must have. */
export function* expectedOf(run: RunRow, seed: number): Generator<Wanted & { isCertain: boolean }> {
  const seen = seenOf(run);
  for (const wanted of wantedOf(run.input, seed).values()) {
    yield { ...wanted, isCertain: wanted.races.every(({ race, part }) => seen.get(race)?.winner === part) };
  }
}

/** A frame as a finding names it. */
export function nameOf(evidence: Pick<Evidence, "runs">, frame: Pick<FrameRow, "run" | "seq">): string {
  return `run ${evidence.runs.get(frame.run)?.id ?? frame.run} seq ${frame.seq}`;
}
