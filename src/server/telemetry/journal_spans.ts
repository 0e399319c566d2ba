import { frameId } from "../../core/ids.ts";
import { isRunEnded, type RunStatus } from "../../core/states.ts";
import { type SettledCall, SettledCalls } from "../../store/settled_calls.ts";
import type { Store } from "../../store/store.ts";
import { storedJson } from "../../store/stored_json.ts";
import type { TaskRun } from "../../store/task_runs.ts";
import type { Span } from "./otlp.ts";
import { callSpanId, runSpanId, traceId } from "./trace.ts";

/** A run that a commit has touched. */
export interface TouchedRun {
  readonly run: number;
  readonly id: string;
  readonly parentRun: number | null;
  readonly code: { readonly name: string; readonly version: number };
}

/** A call or a run that is over, with its span. */
export type Over =
  | { readonly type: "call"; readonly span: Span; readonly call: SettledCall; readonly taskName: string }
  | { readonly type: "run"; readonly span: Span; readonly taskName: string; readonly status: RunStatus };

/** What is known of a run that goes on. */
interface Followed {
  readonly trace: string;
  /** The last delivery whose call has been told of. */
  delivery: number;
}

const PAGE = 256;
/** Characters of a name that task code has chosen. */
const LONGEST_NAME = 120;

/**
 * Reads from committed rows what is over: a span is never about something that did not happen. Nested runs are told of
 * with the call that they are nested in, which ends in the same transaction.
 */
export class JournalSpans {
  readonly #store: Store;
  readonly #calls: SettledCalls;
  /** By the run's id. */
  readonly #followed = new Map<string, Followed>();

  /** What an earlier process has told of is left out. */
  constructor(store: Store) {
    this.#store = store;
    this.#calls = new SettledCalls(store.db);
    for (const row of store.taskRuns.unfinished()) this.#follow(row);
  }

  depth() {
    return this.#calls.depth();
  }

  /** The trace that a run belongs to, also of one that has ended. */
  traceOf(runId: string): string {
    const known = this.#followed.get(runId);
    if (known !== undefined) return known.trace;
    const row = this.#store.taskRuns.byId(runId);
    return row === undefined ? traceId(runId) : this.#traceFrom(row);
  }

  /** What is over of a run since it was asked last. */
  *newsOf(run: TouchedRun): Generator<Over> {
    const status = this.#store.taskRuns.statusOf(run.id);
    if (status === undefined || (isRunEnded(status) && run.parentRun !== null)) return;
    const followed = this.#follow(run);
    if (isRunEnded(status)) yield* this.#end(this.#store.taskRuns.get(run.run)!, followed, undefined);
    else yield* this.#delivered(run, followed);
  }

  /** A run is seen first before it was given any outcome, or before it was given another one than earlier. */
  #follow(run: { run: number; id: string; parentRun: number | null }): Followed {
    const known = this.#followed.get(run.id);
    if (known !== undefined) return known;
    const followed = { trace: this.#traceFrom(run), delivery: this.#store.stackRuns.last(run.run).delivery };
    this.#followed.set(run.id, followed);
    return followed;
  }

  #traceFrom(run: { id: string; parentRun: number | null }): string {
    return run.parentRun === null ? traceId(run.id) : this.#traceFrom(this.#store.taskRuns.get(run.parentRun)!);
  }

  *#delivered(run: Pick<TouchedRun, "run" | "id" | "code">, followed: Followed): Generator<Over> {
    for (let page: SettledCall[] = [], isFirst = true; isFirst || page.length === PAGE; isFirst = false) {
      page = this.#calls.delivered({ run: run.run, after: followed.delivery, limit: PAGE });
      for (const call of page) {
        // One that was given to the realm before is still on its way to the file.
        if (call.delivery !== followed.delivery + 1) return;
        followed.delivery = call.delivery;
        yield* this.#call(run, followed.trace, call);
      }
    }
  }

  *#call({ id, code }: Pick<TouchedRun, "id" | "code">, trace: string, call: SettledCall): Generator<Over> {
    const span: Span = {
      traceId: trace,
      spanId: callSpanId(id, call.seq),
      parentSpanId: runSpanId(id),
      name: shortened(`${call.service}.${call.method}`),
      kind: "internal",
      start: call.issuedAt,
      end: call.endedAt,
      attributes: {
        "tasker.run.id": id,
        "tasker.task.name": code.name,
        "tasker.call.id": frameId(id, call.seq),
        "tasker.call.service": shortened(call.service),
        "tasker.call.method": shortened(call.method),
        "tasker.call.status": call.status,
        "tasker.call.attempts": call.attempt,
        ...(call.errorCode === null ? {} : { "error.type": call.errorCode }),
      },
      isError: call.status === "failed",
    };
    if (call.service === "tasks") {
      const nested = this.#store.taskRuns.byRootFrame(call.id);
      if (nested?.endedAt != null) yield* this.#end(nested, this.#follow(nested), span.spanId);
    }
    yield { type: "call", span, call, taskName: code.name };
  }

  *#end(row: TaskRun, followed: Followed, parentSpanId: string | undefined): Generator<Over> {
    const { name, version } = this.#store.taskFunctions.get(row.functionId);
    const run = { run: row.run, id: row.id, code: { name, version } };
    yield* this.#delivered(run, followed);
    const last = this.#store.stackRuns.last(row.run);
    const dropped = last.seq === last.delivery ? [] : this.#calls.undelivered(row.run);
    for (const call of dropped) yield* this.#call(run, followed.trace, call);
    this.#followed.delete(row.id);
    const code = row.error === null ? undefined : (storedJson(row.error) as { code?: string }).code;
    const span: Span = {
      traceId: followed.trace,
      spanId: runSpanId(row.id),
      parentSpanId,
      name: `run ${shortened(name)}`,
      kind: "internal",
      start: row.createdAt,
      end: row.endedAt!,
      attributes: {
        "tasker.run.id": row.id,
        "tasker.task.name": name,
        "tasker.task.version": version,
        "tasker.run.status": row.status,
        "tasker.run.calls": last.seq,
        ...(code === undefined ? {} : { "error.type": code }),
      },
      isError: row.status === "failed",
    };
    yield { type: "run", span, taskName: name, status: row.status };
  }
}

function shortened(name: string): string {
  return name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME)}…`;
}
