import { frameId } from "../../core/ids.ts";
import { sha256 } from "../../store/sha256.ts";

/**
 * Ids that follow from those of runs and frames, so that whoever goes on with a run goes on in its trace: the trace's id
 * is the id of the outermost run without its dashes, and a call's or run's span has one by its frame.
 */

export function traceId(outermostRunId: string): string {
  return outermostRunId.replaceAll("-", "");
}

/** Of a run: its root frame's. */
export function runSpanId(runId: string): string {
  return spanId(frameId(runId, 0));
}

/** Of a call. */
export function callSpanId(runId: string, seq: number): string {
  return spanId(frameId(runId, seq));
}

/** Of one attempt of a call: attempts that were given back have the same number. */
export function attemptSpanId(frameId: string, number: number, start: number): string {
  return spanId(`${frameId} ${number} ${start}`);
}

function spanId(name: string): string {
  return sha256(name).slice(0, 16);
}
