import type { Json } from "../core/json.ts";
import { type SerializedError, serializeError, TaskerError } from "../core/errors.ts";
import type { RealmOutcome } from "../executor/messages.ts";
import { restoreStack } from "../publish/bundle.ts";
import type { Outcome } from "../services/contract.ts";
import type { StackRun } from "../store/stack_runs.ts";
import type { TaskRun } from "../store/task_runs.ts";
import { auditEnd } from "./audit.ts";
import { insertNext } from "./continuing.ts";
import { tellEnd } from "./ends.ts";
import type { LiveRun, Settled } from "./live_run.ts";
import type { Parts } from "./parts.ts";

/** How a frame ends: JSON text of its result, or of its error. */
export interface FrameEnd {
  readonly status: "completed" | "failed" | "cancelled";
  readonly json: string;
}

type Effect = Extract<Outcome, { type: "effect" }>;
type RunEnd = RealmOutcome | { readonly type: "cancelled"; readonly error: SerializedError };
/** Another run goes on with the input, which is complete. */
type Continuation = { readonly type: "continued_as_new"; readonly input: Json };

/** Records outcomes once: of calls, with their effects and their place in the order of deliveries, and of runs. */
export class Settlement {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * The outcome of an outside call. It is given to its realm at once and committed with the calls it causes; without a
   * realm it is committed first, and the run is then replayed.
   */
  settle(live: LiveRun, frame: StackRun, end: FrameEnd): void {
    const settled = this.#deliver(live, frame, end, this.#parts.clock.now());
    this.#parts.committer.stage({
      concerns: live,
      apply: () => this.#write(frame.id, end, settled),
      after: () => this.#parts.driver.pump(live),
    });
    live.inbox.push(settled);
    if (live.phase === "idle") this.#parts.driver.pump(live);
  }

  /** A local effect: applied and recorded in one transaction, delivered when that is committed. */
  settleWithEffect(live: LiveRun, frame: StackRun, effect: Effect): void {
    let deliver = () => {};
    this.#parts.committer.stage({
      concerns: live,
      apply: (now) => {
        if (this.#parts.store.stackRuns.get(frame.id)?.status !== "processing") return;
        deliver = this.settleInside(live, frame, this.#applyEffect(frame, effect, now), now);
      },
      after: () => deliver(),
    });
  }

  /** Settles a frame inside a transaction; what it gives back delivers the outcome, and is called after the commit. */
  settleInside(
    live: LiveRun,
    frame: { id: number; seq: number; service: string },
    end: FrameEnd,
    now: number,
  ): () => void {
    const settled = this.#deliver(live, frame, end, now);
    this.#write(frame.id, end, settled);
    return () => {
      live.inbox.push(settled);
      this.#parts.driver.pump(live);
    };
  }

  /** Ends a run with everything under it; local effects that it has issued are part of its end. */
  end(live: LiveRun, given: RunEnd | Continuation): void {
    let deliver = () => {};
    let ended: LiveRun[] = [];
    if (live.phase === "ending" || live.isOver) return;
    const wasCancelled = live.cancellation;
    live.park();
    live.phase = "ending";
    this.#parts.runs.touch(live);
    this.#parts.committer.stage({
      // The end of a nested run is a result of the run around it.
      ...(live.parentRun === null ? { concerns: live } : {}),
      apply: (now) => {
        const run = this.#parts.store.taskRuns.get(live.run)!;
        if (run.endedAt !== null) return;
        ended = [live];
        // Nothing is nested in a run that has no open call.
        if (live.openCalls > 0) {
          if (given.type !== "cancelled") this.#applyIssuedEffects(live, now);
          ended.push(...this.#cancelBelow(run, now));
        }
        tellEnd(this.#parts.store, run.run);
        // One that continues may have been cancelled with the run around it in this very transaction.
        const cancellation = given.type === "continued_as_new" ? live.cancellation : wasCancelled;
        const outcome = cancellation === undefined ? given : endOfCancelled(cancellation.error, given);
        deliver = outcome.type === "continued_as_new"
          ? this.#continue(run, outcome.input, now)
          : this.#writeEnd(run, live, outcome, now);
      },
      after: () => {
        for (const run of ended) this.#release(run);
        this.#parts.processor.passKeysOn();
        deliver();
      },
    });
  }

  /** A frame's place in the order in which its run's realm sees outcomes. */
  #deliver(live: LiveRun, frame: { seq: number; service: string }, end: FrameEnd, now: number): Settled {
    live.lastAt = Math.max(live.lastAt, now);
    live.openCalls--;
    this.#parts.runs.touch(live);
    return {
      seq: frame.seq,
      service: frame.service,
      delivery: ++live.lastDelivery,
      at: live.lastAt,
      ok: end.status === "completed",
      json: end.json,
      ...(end.status === "cancelled" && live.cancellation !== undefined ? { cancels: true as const } : {}),
    };
  }

  #write(frame: number, end: FrameEnd, settled: Settled): void {
    this.#parts.store.stackRuns.settle(frame, {
      status: end.status,
      ...(end.status === "completed" ? { result: end.json } : { error: end.json }),
      delivery: settled.delivery,
      now: settled.at,
    });
  }

  #applyEffect(frame: StackRun, effect: Effect, now: number): FrameEnd {
    const { committer, store } = this.#parts;
    const applied = committer.attempt(() => effect.apply(store, { run: frame.run, frame: frame.id, now }));
    if (applied.ok) return { status: "completed", json: JSON.stringify(applied.value) };
    return { status: "failed", json: JSON.stringify(serializeError(applied.error)) };
  }

  /** Local calls that nothing awaited before the run ended, e.g. `tools.records.append(…)` as the last statement. */
  #applyIssuedEffects(live: LiveRun, now: number): void {
    const { store, processor } = this.#parts;
    for (const frame of store.stackRuns.open(live.run)) {
      // Also one that was claimed while this end was on its way: nothing has come of it.
      if (frame.seq === 0 || (frame.status !== "pending" && frame.status !== "processing")) continue;
      const outcome = processor.performLocal(live, frame);
      if (outcome === undefined) continue;
      const end = outcome.type === "effect" ? this.#applyEffect(frame, outcome, now) : asEnd(outcome);
      store.stackRuns.settle(frame.id, {
        status: end.status,
        ...(end.status === "completed" ? { result: end.json } : { error: end.json }),
        now,
      });
    }
  }

  /** Cancels the open calls of a run and the runs nested in it; gives those that were in memory. */
  #cancelBelow(run: TaskRun, now: number): LiveRun[] {
    const { store, runs } = this.#parts;
    const error = JSON.stringify(cancelledError("the run it belongs to has ended"));
    const ended: LiveRun[] = [];
    for (const child of store.nestedRuns.open(run.run)) {
      ended.push(...this.#cancelBelow(child, now));
      store.taskRuns.end(child.run, { status: "cancelled", error, now });
      tellEnd(store, child.run);
      const live = runs.known(child.run);
      if (live === undefined) continue;
      runs.touch(live);
      ended.push(live);
    }
    for (const frame of store.stackRuns.open(run.run)) {
      if (frame.id !== run.rootFrame) store.stackRuns.settle(frame.id, { status: "cancelled", error, now });
    }
    return ended;
  }

  /** An error whose stack names the author's files and lines, also those of bundled modules. */
  #withOwnLines(run: TaskRun, error: SerializedError): SerializedError {
    if (error.stack === undefined) return error;
    return { ...error, stack: restoreStack(error.stack, this.#parts.store.taskFunctions.get(run.functionId)) };
  }

  /** Gives the JSON text that was written. */
  #writeRun(run: TaskRun, outcome: RunEnd, now: number): string {
    const json = outcome.type === "completed" ? outcome.json : JSON.stringify(this.#withOwnLines(run, outcome.error));
    this.#parts.store.taskRuns.end(run.run, {
      status: outcome.type,
      ...(outcome.type === "completed" ? { result: json } : { error: json }),
      now,
    });
    return json;
  }

  /** Gives back what tells the parent, after the commit. */
  #writeEnd(run: TaskRun, live: LiveRun, given: RunEnd, now: number): () => void {
    const { store, runs, committer, admission, options } = this.#parts;
    // What a task gives may be what the file refuses; that is this run's failure and nobody else's.
    const written = committer.attempt(() => this.#writeRun(run, given, now));
    const outcome = written.ok ? given : unrecordable(given);
    const json = written.ok ? written.value : this.#writeRun(run, outcome, now);
    if (outcome.type === "failed") {
      const { code, message } = outcome.error;
      store.logs.append({
        run: run.run,
        at: now,
        level: "error",
        source: "engine",
        text: `run failed: ${code}: ${message}`,
      });
    }
    const isResult = outcome.type === "completed";
    const columns = { status: outcome.type, result: isResult ? json : null, error: isResult ? null : json };
    // One that waited for its turn may have been the one that the others waited behind.
    if (run.admittedAt !== null || run.status === "queued") admission.ask(run.taskName);
    this.#parts.departures.due();
    auditEnd(store, { ...run, ...columns }, options.audit, now);
    const end: FrameEnd = { status: outcome.type, json };
    const parent = run.parentRun === null ? undefined : runs.get(run.parentRun);
    if (parent === undefined) {
      store.stackRuns.settle(live.rootFrame, {
        status: end.status,
        ...(end.status === "completed" ? { result: json } : { error: json }),
        now,
      });
      return () => {};
    }
    return this.settleInside(parent, store.stackRuns.get(live.rootFrame)!, end, now);
  }

  /** Gives back what lets the next run begin, after the commit. */
  #continue(run: TaskRun, input: Json, now: number): () => void {
    const { store, runs, driver, options } = this.#parts;
    const status = "continued_as_new";
    store.taskRuns.end(run.run, { status, now });
    auditEnd(store, { ...run, status }, options.audit, now);
    const next = insertNext(this.#parts, run, input, now);
    if (run.parentRun === null) {
      store.stackRuns.settle(run.rootFrame, { status: "completed", result: JSON.stringify(next.id), now });
      return () => {};
    }
    return () => {
      const live = runs.get(next.run);
      if (live === undefined || live.status === "held") return;
      live.marked = true;
      driver.open(live);
    };
  }

  /** After the commit: what still runs for an ended run is stopped, and what comes of it is dropped. */
  #release(live: LiveRun): void {
    this.#parts.runs.forget(live);
    this.#parts.processor.abortRun(live, "its run has ended");
  }
}

/** The end of a run whose own result or error the file refuses: SQLite takes no JSON nested deeper than 1,000. */
function unrecordable(outcome: RunEnd): RunEnd {
  if (outcome.type !== "completed") {
    const { details: _, ...error } = outcome.error;
    return { ...outcome, error };
  }
  const error = new TaskerError("TASK_FAILED", "the task's result cannot be recorded: it is nested too deep", {
    hint: "give back something flatter: 1,000 arrays or objects inside each other are the most",
  });
  return { type: "failed", error: serializeError(error) };
}

/** However the code of a cancelled run ends: it is cancelled, or has failed by its deadline. What else went wrong is told with it. */
function endOfCancelled(error: SerializedError, given: RunEnd | Continuation): RunEnd {
  const type = error.code === "DEADLINE_EXCEEDED" ? "failed" : "cancelled";
  if (given.type === "continued_as_new") return { type, error };
  if (given.type === "cancelled") return { ...given, type: given.error.code === error.code ? type : "cancelled" };
  const isTold = given.type === "completed" || given.error.name === error.name;
  const failure = isTold ? "" : `; its clean-up failed: ${given.error.code}: ${given.error.message}`;
  return { type, error: { ...error, message: `${error.message}${failure}` } };
}

export function cancelledError(message: string): SerializedError {
  return { name: "CancelledError", code: "CANCELLED", message };
}

function asEnd(outcome: Outcome): FrameEnd {
  if (outcome.type === "result") return { status: "completed", json: JSON.stringify(outcome.value) };
  if (outcome.type === "error") return { status: "failed", json: JSON.stringify(outcome.error) };
  return { status: "cancelled", json: JSON.stringify(cancelledError("the run it belongs to has ended")) };
}
