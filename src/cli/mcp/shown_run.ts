import type { RunView } from "../../server/api.ts";
import { bounded } from "./bounded.ts";

/** Characters of JSON of what a run was given and what it gave. */
const LONGEST_VALUE = 8_000;

/** A run in a list. */
export function briefly(view: RunView): object {
  const { id, taskName, status, progress, parentRunId, calls, records, waiting } = view;
  return {
    run: id,
    task: taskName,
    status,
    ...times(view),
    calls,
    records,
    ...(progress === null ? {} : { progress: { ...progress, at: isoTime(progress.at) } }),
    ...(parentRunId === null ? {} : { nestedIn: parentRunId }),
    ...(waiting.length === 0 ? {} : { waitingFor: waiting[0]!.waitingFor, until: isoTime(waiting[0]!.until) }),
    ...(view.error === null ? {} : { error: { code: view.error.code, message: bounded(view.error.message, 1_000) } }),
  };
}

/** A run with what it was given and what it gave. */
export function wholly(view: RunView): object {
  return {
    ...briefly(view),
    taskVersion: view.taskVersion,
    input: bounded(view.input, LONGEST_VALUE),
    result: bounded(view.result, LONGEST_VALUE),
    error: bounded(view.error, LONGEST_VALUE),
  };
}

function times({ createdAt, startedAt, endedAt }: RunView): object {
  return { submittedAt: isoTime(createdAt), startedAt: isoTime(startedAt), endedAt: isoTime(endedAt) };
}

export function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
