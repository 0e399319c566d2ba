import type { SerializedError } from "../core/errors.ts";
import { canonicalJson } from "../core/json.ts";
import type { TaskCode } from "../core/manifest.ts";
import type { RealmOutcome } from "../executor/messages.ts";
import { restoreStack } from "../publish/bundle.ts";
import { storedJson } from "../store/stored_json.ts";
import type { TaskRun } from "../store/task_runs.ts";

/** How a run ends: JSON text of its result, or its error. */
export type RunEnding = RealmOutcome;

/**
 * How the run's own code ended it; "none" when it waited for what can never happen. Undefined when something else ended the run,
 * or nothing has yet: then its last turns may be missing from the journal, and the code may go beyond it.
 */
export function recordedEnding(run: TaskRun): RunEnding | "none" | undefined {
  if (run.status === "completed") return { type: "completed", json: run.result! };
  if (run.status !== "failed") return undefined;
  const error = errorOf(run);
  if (error.code === "NOTHING_TO_WAIT_FOR") return "none";
  return ENDED_BY_THE_ENGINE.includes(error.code) ? undefined : { type: "failed", error };
}

const ENDED_BY_THE_ENGINE = [
  "TASK_STALLED",
  "TASK_KILLED_PROCESS",
  "ISOLATE_LOST",
  "NON_DETERMINISM",
  "INTERNAL",
  "DEADLINE_EXCEEDED",
];

export function errorOf(run: TaskRun): SerializedError {
  return storedJson(run.error!) as unknown as SerializedError;
}

export function endingOf(outcome: RealmOutcome, code: TaskCode): RunEnding {
  if (outcome.type === "completed" || outcome.error.stack === undefined) return outcome;
  return { type: "failed", error: { ...outcome.error, stack: restoreStack(outcome.error.stack, code) } };
}

export function isSameEnding(one: RunEnding, other: RunEnding): boolean {
  if (one.type === "completed") {
    return other.type === "completed" &&
      (one.json === other.json ||
        canonicalJson(storedJson(one.json)) === canonicalJson(storedJson(other.json)));
  }
  return other.type === "failed" &&
    (["name", "code", "message"] as const).every((member) => one.error[member] === other.error[member]);
}
