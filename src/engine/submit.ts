import { uuidv7 } from "uuidv7";
import { milliseconds } from "../core/duration.ts";
import { serializeError, TaskerError } from "../core/errors.ts";
import { frameId } from "../core/ids.ts";
import { canonicalJson, type Json } from "../core/json.ts";
import { namespacesOf } from "../core/manifest.ts";
import { sha256 } from "../store/sha256.ts";
import type { Outcome } from "../services/contract.ts";
import type { StackRun } from "../store/stack_runs.ts";
import type { TaskFunction } from "../store/task_functions.ts";
import { storedJson } from "../store/stored_json.ts";
import type { Store } from "../store/store.ts";
import { newestOf } from "../store/run_links.ts";
import type { NewTaskRun, TaskRun } from "../store/task_runs.ts";
import type { Admission } from "./admission.ts";
import { type AuditOptions, auditSubmission, type Cause, checkCause } from "./audit.ts";
import type { Change } from "./committer.ts";
import { likeEarlierRun, refuseOtherRuns } from "./earlier_run.ts";
import { copyEarlier, earlierNested, nestedColumns } from "./failed_part.ts";
import { completeInput } from "./input.ts";
import type { LiveRun } from "./live_run.ts";
import type { Parts } from "./parts.ts";

/** How deep runs may be nested in runs, or start each other. */
const MAX_DEPTH = 32;

/** The newest version of a task function, or a draft of it by its hash; throws NOT_FOUND. */
export function findTask(store: Store, name: string, draft?: string): TaskFunction {
  const task = draft === undefined ? store.taskFunctions.latest(name) : store.taskFunctions.draft(name, draft);
  if (task !== undefined) return task;
  const names = store.taskFunctions.list().map((known) => known.name);
  const shown = name.length > 100 ? `${name.slice(0, 100)}…` : name;
  throw new TaskerError("NOT_FOUND", `there is no task "${shown}"`, {
    hint: names.length === 0 ? "publish one first: tasker publish FILE" : `published are: ${names.join(", ")}`,
  });
}

/**
 * A run to submit. Whoever chooses its id, or names it by a key, may submit it again, not knowing whether it was taken:
 * there is one run.
 */
export interface Submission extends Cause {
  readonly id?: string | undefined;
  /** Of the submitter's own words; of one task there is one run under it, for as long as the run is kept. */
  readonly idempotencyKey?: string | undefined;
  /** Of its calls, and among the runs of its task: -100 to 100, 0 when absent. */
  readonly priority?: number | undefined;
  readonly taskName: string;
  /** The hash of a draft of the task that is run in place of its newest version. */
  readonly draft?: string | undefined;
  readonly input: Json;
  /** How long it may take from now on, ms. */
  readonly deadline?: number | undefined;
}

/** Inserts a run of its own with its root frame, to be claimed when it is its turn. Call it inside a transaction. */
export function insertRun(
  store: Store,
  params: Submission & { audit: AuditOptions; admission: Admission; now: number },
): { taskRunId: string; stackRunId: string } {
  const { id = uuidv7(), idempotencyKey, priority = 0 } = params;
  const known = submittedBefore(store, { ...params, id });
  if (known !== undefined) return { taskRunId: known.id, stackRunId: frameId(known.id, 0) };
  checkCause(params, params.audit);
  const task = findTask(store, params.taskName, params.draft);
  const input = completeInput(task.manifest.input, likeEarlierRun(store, task, params.input));
  const { run, rootFrame } = insertOwn(store, {
    id,
    task,
    input,
    audit: auditSubmission(store, { ...params, id, task, input }),
    idempotencyKey,
    deadline: deadlineOf(task, params),
    priority,
    now: params.now,
  });
  params.admission.queue({ run, rootFrame, taskName: task.name, admittedAt: null });
  return { taskRunId: id, stackRunId: frameId(id, 0) };
}

/** A run that is nested in no other, with the place of its entry in the audit log; `input` is complete, `deadline` ms. */
export function insertOwn(
  store: Store,
  { task, input, ...run }:
    & { readonly task: TaskFunction; readonly input: Json; readonly audit: number; readonly priority: number }
    & Pick<NewTaskRun, "id" | "idempotencyKey" | "deadline" | "timeZone" | "now">,
): { run: number; rootFrame: number } {
  const { priority, now } = run;
  const number = store.taskRuns.insert({
    ...run,
    functionId: task.id,
    taskName: task.name,
    input: JSON.stringify(input),
    seed: crypto.randomUUID(),
    parentRun: null,
  });
  const rootFrame = store.stackRuns.insert({
    run: number,
    seq: 0,
    service: "tasks",
    method: "execute",
    args: JSON.stringify([task.name, input]),
    lane: false,
    priority,
    now,
  });
  store.taskRuns.setRootFrame(number, rootFrame);
  return { run: number, rootFrame };
}

/** When a run must be over: the earlier of what its manifest and its submission say. */
export function deadlineOf(
  { manifest: { limits } }: TaskFunction,
  { deadline = Infinity, now }: { deadline?: number | undefined; now: number },
): number | undefined {
  const ms = Math.min(deadline, limits.deadline === undefined ? Infinity : milliseconds(limits.deadline));
  return ms === Infinity ? undefined : now + Math.ceil(ms);
}

/** The run that this submission has made before, or what that goes on as; throws CONFLICT when what is there under its id or key is another run. */
export function submittedBefore(store: Store, submission: Submission & { id: string }): TaskRun | undefined {
  const { id, taskName, idempotencyKey: key } = submission;
  const byId = store.taskRuns.byId(id);
  const isOther = (run: TaskRun) =>
    !isSame(store, run, submission) || newestOf(store, run).idempotencyKey !== (key ?? null);
  if (byId !== undefined && isOther(byId)) {
    throw new TaskerError("CONFLICT", `there is another run with the id ${id}`, {
      hint: "an id of your own must be new, or come with the same task, input and key",
    });
  }
  const byKey = key === undefined ? undefined : lastRetry(store, store.taskRuns.byKey(taskName, key));
  if (byKey !== undefined && !isSame(store, byKey, submission)) {
    throw new TaskerError("CONFLICT", `the idempotency key "${key}" is taken: run ${byKey.id} has another input`, {
      hint: `a key stands for one submission of ${taskName}: give the same input, or another key`,
    });
  }
  return byId ?? byKey;
}

/** The run that has gone on with a failed one, and with what has failed of that in turn. */
function lastRetry(store: Store, run: TaskRun | undefined): TaskRun | undefined {
  const retry = run?.error == null ? undefined : store.taskRuns.retryOf(run.id);
  return retry === undefined ? run : lastRetry(store, retry);
}

/** Whether a submission asks for what a run was made from, also when the task has been published anew since. */
function isSame(store: Store, run: TaskRun, { taskName, input }: Submission): boolean {
  if (run.taskName !== taskName) return false;
  const task = store.taskFunctions.get(run.functionId);
  const complete = completeInput(task.manifest.input, likeEarlierRun(store, task, input));
  const { asked } = store.runLinks.get(run.run);
  if (asked !== null) return sha256(canonicalJson(complete)) === asked;
  return canonicalJson(complete) === canonicalJson(storedJson(run.input));
}

/** A call of `tasks.execute` becomes a run whose root frame is the call's own frame. */
export function startNested(
  parts: Parts,
  parent: LiveRun,
  frame: StackRun,
  nested: Extract<Outcome, { type: "nested" }>,
): Change {
  const { store, committer, settlement, driver, runs } = parts;
  let child: number | undefined;
  let deliver = () => {};
  return {
    apply: (now) => {
      // The run may have ended between the claim and this transaction, and taken its frames along.
      if (store.stackRuns.get(frame.id)?.status !== "processing") return;
      const inserted = committer.attempt(() => insertNested(store, parent, frame, nested, now));
      if (inserted.ok) {
        child = inserted.value;
      } else {
        const json = JSON.stringify(serializeError(inserted.error));
        deliver = settlement.settleInside(parent, frame, { status: "failed", json }, now);
      }
    },
    after: () => {
      deliver();
      const live = child === undefined ? undefined : runs.get(child);
      if (live === undefined || live.status === "held") return;
      live.marked = true;
      driver.open(live);
    },
  };
}

function insertNested(
  store: Store,
  parent: LiveRun,
  frame: StackRun,
  nested: Extract<Outcome, { type: "nested" }>,
  now: number,
): number {
  const earlier = parent.retryOf === null ? undefined : earlierNested(store, parent, frame);
  const called = earlier?.task ?? findTask(store, nested.taskName);
  const { task, input } = grantedTo(store, parent, called, nested.input);
  refuseEndless(store, parent.run, { verb: "executed", taskName: task.name, input: JSON.stringify(input) });
  const run = store.taskRuns.insert({
    id: uuidv7(),
    functionId: task.id,
    taskName: task.name,
    input: JSON.stringify(input),
    seed: crypto.randomUUID(),
    rootFrame: frame.id,
    parentRun: parent.run,
    deadline: deadlineOf(task, { now }),
    priority: parent.priority,
    ...(earlier === undefined ? {} : nestedColumns(store, earlier, now)),
    now,
  });
  store.taskRuns.move(run, "running", now);
  store.taskRuns.setLive(run, true);
  if (earlier !== undefined) copyEarlier(store, earlier, run, now);
  return run;
}

/** What a run may give another one to do: its complete input. Throws INVALID_INPUT, and what may not be given away. */
export function grantedTo(
  store: Store,
  giver: LiveRun,
  task: TaskFunction,
  given: Json,
): { task: TaskFunction; input: Json } {
  refuseOtherRuns(store, { run: giver.run, manifest: giver.manifest, name: giver.code.name }, task, given);
  const input = completeInput(task.manifest.input, likeEarlierRun(store, task, given));
  const foreign = namespacesOf(task.manifest, input).find((name) => !giver.manifest.namespaces.includes(name));
  if (foreign === undefined) return { task, input };
  throw new TaskerError("NAMESPACE_REFUSED", `${giver.code.name} may not give away the namespace "${foreign}"`, {
    hint: "add it to its manifest's namespaces and publish it again",
  });
}

/** Refuses what would never end: runs below runs too deep, and a task that is there above with the same input. */
export function refuseEndless(
  store: Store,
  run: number,
  asked: { verb: "executed" | "started"; taskName: string; input: string },
): void {
  const chain = [asked.taskName];
  for (let at: TaskRun | undefined = store.taskRuns.get(run); at !== undefined; at = above(store, at)) {
    chain.push(at.taskName);
    if (at.taskName === asked.taskName && at.input === asked.input) {
      throw new TaskerError(
        "TASK_FAILED",
        `${asked.taskName} is ${asked.verb} again with the input that it has itself: ${chain.reverse().join(" → ")}`,
        {
          hint: asked.verb === "executed"
            ? "with the same input it would do the same without end: give it another one"
            : "what is to go on without end continues as new: tools.run.continueAsNew(input)",
        },
      );
    }
  }
  if (chain.length > MAX_DEPTH) {
    const how = asked.verb === "executed" ? "runs are nested" : "runs start each other";
    throw new TaskerError("TASK_FAILED", `${how} ${MAX_DEPTH} deep: ${chain.reverse().slice(0, 6).join(" → ")} → …`, {
      hint: asked.verb === "executed"
        ? "a task that executes itself must end at some depth"
        : "what is to go on without end continues as new: tools.run.continueAsNew(input)",
    });
  }
}

/** The run that a run is nested in, or that has started it. */
function above(store: Store, { run, parentRun }: TaskRun): TaskRun | undefined {
  if (parentRun !== null) return store.taskRuns.get(parentRun);
  const { startedBy } = store.runLinks.get(run);
  return startedBy === null ? undefined : store.taskRuns.byId(startedBy);
}
