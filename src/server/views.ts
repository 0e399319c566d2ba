import type { SerializedError } from "../core/errors.ts";
import { frameId } from "../core/ids.ts";
import { isJsonObject, type Json } from "../core/json.ts";
import { budgetAwaited } from "../store/budgets.ts";
import { newestOf } from "../store/run_links.ts";
import type { Schedule } from "../store/schedules.ts";
import { APPROVAL, gateOf } from "../store/gates.ts";
import type { StackRun } from "../store/stack_runs.ts";
import { storedJson } from "../store/stored_json.ts";
import type { Store } from "../store/store.ts";
import type { TaskFunction } from "../store/task_functions.ts";
import type { TaskRun } from "../store/task_runs.ts";
import type { ChainView, FrameView, ProgressView, RunView, ScheduleView, TaskView, WaitingView } from "./api.ts";
import { gateView } from "./approval_views.ts";

/** Waits that a view tells of. */
const WAITS = 5;

/** Rows as the HTTP surface and `--json` show them. Reads committed rows only. */

export function runView(store: Store, run: TaskRun): RunView {
  const code = store.taskFunctions.get(run.functionId);
  const parent = run.parentRun === null ? undefined : store.taskRuns.get(run.parentRun);
  const link = store.runLinks.get(run.run);
  const calls = store.stackRuns.counts(run.run);
  return {
    id: run.id,
    taskName: run.taskName,
    taskVersion: code.version,
    codeHash: code.hash,
    status: run.status,
    input: storedJson(run.input),
    result: run.result === null ? null : storedJson(run.result),
    error: run.error === null ? null : storedJson(run.error) as unknown as SerializedError,
    progress: run.progress === null ? null : storedJson(run.progress) as unknown as ProgressView,
    parentRunId: parent?.id ?? null,
    startedBy: link.startedBy,
    chain: link.chain === null ? null : chainView(store, run, link.chain),
    forkedFrom: run.forkedFrom === null ? null : storedJson(run.forkedFrom) as unknown as RunView["forkedFrom"],
    retryOf: run.retryOf,
    retriedBy: run.error === null ? null : store.taskRuns.retryOf(run.id)?.id ?? null,
    idempotencyKey: run.idempotencyKey,
    priority: run.priority,
    calls: Object.fromEntries(calls),
    records: Object.fromEntries(store.records.kinds(run.run)),
    waiting: run.endedAt === null ? waitsOf(store, run) : [],
    nestedAtWork: calls.has("suspended_waiting_child") ? store.nestedRuns.atWork(run.run) : 0,
    deadline: run.deadline,
    cleanUpUntil: run.status === "cancelling" ? run.dueAt : null,
    createdAt: run.createdAt,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
  };
}

function chainView(store: Store, run: TaskRun, first: string): ChainView {
  return { first, ...store.runLinks.neighbours(run.run, first), last: newestOf(store, run).id };
}

/** What a run waits for, and what is nested in it; the first few. */
function waitsOf(store: Store, run: TaskRun): WaitingView[] {
  const waits: WaitingView[] = [];
  const runs = [run];
  for (let one = runs.shift(); one !== undefined && waits.length < WAITS; one = runs.shift()) {
    const { run: number } = one;
    for (const frame of store.stackRuns.waiting(number, WAITS - waits.length)) {
      waits.push(waitingView(store, one, frame));
    }
    if (waits.length < WAITS) runs.push(...store.nestedRuns.open(number));
  }
  return waits;
}

function waitingView(store: Store, run: TaskRun, frame: StackRun): WaitingView {
  const awaited = budgetAwaited(frame);
  const budget = awaited === undefined ? undefined : store.budgets.byName(awaited);
  return {
    stackRunId: frameId(run.id, frame.seq),
    service: frame.service,
    method: frame.method,
    until: frame.readyAt,
    waitingFor: frame.waitingFor ?? `${frame.service}.${frame.method}`,
    ...(frame.service === "signals" ? { signal: signalOf(frame) } : {}),
    ...(frame.blocked === APPROVAL ? { approval: true } : {}),
    ...(frame.service === "tasks" ? { run: String((storedJson(frame.args) as Json[])[0]) } : {}),
    ...(budget === undefined ? {} : { budget: { name: budget.name, measure: budget.measure } }),
  };
}

function signalOf(frame: StackRun): NonNullable<WaitingView["signal"]> {
  const [name, options] = storedJson(frame.args) as Json[];
  const { question, schema } = isJsonObject(options) ? options : {};
  return {
    name: String(name),
    ...(typeof question === "string" ? { question } : {}),
    ...(isJsonObject(schema) ? { schema } : {}),
  };
}

export function frameView(store: Store, run: TaskRun, frame: StackRun): FrameView {
  return {
    id: frameId(run.id, frame.seq),
    seq: frame.seq,
    service: frame.service,
    method: frame.method,
    args: storedJson(frame.args),
    options: frame.options === null ? null : storedJson(frame.options),
    status: frame.status,
    attempt: frame.attempt,
    readyAt: frame.readyAt,
    waitingFor: frame.waitingFor,
    gate: frame.gate === null ? null : gateView(gateOf(frame)!),
    error: frame.error === null ? null : storedJson(frame.error) as unknown as SerializedError,
    resultBytes: frame.result === null ? null : frame.result.length,
    delivery: frame.delivery,
    issuedAt: frame.issuedAt,
    startedAt: frame.startedAt,
    endedAt: frame.endedAt,
    nestedRunId: frame.service === "tasks" && frame.seq > 0 ? store.taskRuns.byRootFrame(frame.id)?.id ?? null : null,
    startedRunId: frame.method === "start" && frame.service === "tasks" && frame.result !== null
      ? storedJson(frame.result) as string
      : null,
  };
}

export function taskView(task: TaskFunction): TaskView {
  return {
    name: task.name,
    version: task.version,
    hash: task.hash,
    description: task.manifest.description,
    embedded: task.embedded,
    publishedAt: task.createdAt,
  };
}

export function scheduleView({ lastRun, lastError, input, ...schedule }: Schedule): ScheduleView {
  return {
    ...schedule,
    input: storedJson(input),
    lastRunId: lastRun,
    lastError: lastError === null ? null : storedJson(lastError) as unknown as SerializedError,
  };
}
