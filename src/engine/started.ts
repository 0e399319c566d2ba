import { uuidv7 } from "uuidv7";
import { TaskerError } from "../core/errors.ts";
import type { Outcome, StartedRun } from "../services/contract.ts";
import { auditSubmission, causeOf } from "./audit.ts";
import type { LiveRun } from "./live_run.ts";
import type { Parts } from "./parts.ts";
import { deadlineOf, findTask, grantedTo, insertOwn, refuseEndless, submittedBefore } from "./submit.ts";

/** Runs that others have started and that have not ended: more are a loop that has run away. */
const MOST_STARTED = 10_000;

/**
 * A call of `tasks.start` becomes a run of its own in the transaction that settles the call with its id. Whoever asked for the
 * run that starts it has asked for it too, as the audit log tells.
 */
export function starting(parts: Parts, starter: LiveRun, start: StartedRun): Extract<Outcome, { type: "effect" }> {
  return { type: "effect", apply: (_store, { now }) => insertStarted(parts, starter, start, now) };
}

function insertStarted(
  { store, admission, options: { audit } }: Parts,
  starter: LiveRun,
  start: StartedRun,
  now: number,
): string {
  const { idempotencyKey, priority = starter.priority } = start;
  const { task, input } = grantedTo(store, starter, findTask(store, start.taskName), start.input);
  const id = uuidv7();
  const known = submittedBefore(store, { ...start, id });
  if (known !== undefined) return known.id;
  refuseEndless(store, starter.run, { verb: "started", taskName: task.name, input: JSON.stringify(input) });
  if (store.runLinks.unfinishedStarted() >= MOST_STARTED) {
    throw new TaskerError(
      "CONFLICT",
      `${MOST_STARTED} runs that others have started have not ended: no more are started`,
      {
        hint: "wait for some with tools.tasks.result(id); `tasker runs` lists them",
      },
    );
  }
  const asked = { ...causeOf(store, starter.run), id, task, input, startedBy: starter.id, audit, now };
  const { run, rootFrame } = insertOwn(store, {
    id,
    task,
    input,
    audit: auditSubmission(store, asked),
    idempotencyKey,
    deadline: deadlineOf(task, { deadline: start.deadline, now }),
    priority,
    now,
  });
  store.runLinks.put(run, { startedBy: starter.id, chain: null, asked: null });
  admission.queue({ run, rootFrame, taskName: task.name, admittedAt: null });
  return id;
}
