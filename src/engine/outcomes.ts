import { TaskerError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import type { Outcome } from "../services/contract.ts";
import type { StackRun } from "../store/stack_runs.ts";
import { retryDelay } from "./call_options.ts";
import { continueRun } from "./continuing.ts";
import { takeEnd } from "./ends.ts";
import { HELD } from "./held.ts";
import type { LiveRun } from "./live_run.ts";
import type { Parts } from "./parts.ts";
import { bounded } from "./service_call.ts";
import { takeSignal } from "./signals.ts";
import { starting } from "./started.ts";
import { startNested } from "./submit.ts";

/** Why a call was aborted that is to be made again later. */
export class Interruption extends TaskerError {}

/** Takes what services answer: a call is settled with it, goes back to the queue, or becomes something else that it waits for. */
export class Outcomes {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Records what came of a call; of a run that has ended meanwhile, nothing. */
  take(live: LiveRun, frame: StackRun, outcome: Outcome, signal?: AbortSignal): void {
    const { settlement, committer } = this.#parts;
    if (live.isOver || live.phase === "ending" || live.hasCancelled(frame) || committer.stopped) return;
    switch (outcome.type) {
      case "result":
        return settlement.settle(live, frame, bounded(frame, outcome.value));
      case "effect":
        return settlement.settleWithEffect(live, frame, outcome);
      case "nested":
        return committer.stage(startNested(this.#parts, live, frame, outcome));
      case "signal":
        return committer.stage(takeSignal(this.#parts, live, frame, outcome));
      case "end":
        return committer.stage(takeEnd(this.#parts, live, frame, outcome));
      case "continue":
        return continueRun(this.#parts, live, frame, outcome.input);
      case "start":
        return settlement.settleWithEffect(live, frame, starting(this.#parts, live, outcome));
      case "wait":
        return this.release(live, frame, {
          readyAt: outcome.until,
          waitingFor: outcome.waitingFor,
          counted: false,
          progress: outcome.progress,
        });
      case "error":
        return this.#takeError(live, frame, outcome, signal?.reason instanceof Interruption);
    }
  }

  #takeError(live: LiveRun, frame: StackRun, outcome: Extract<Outcome, { type: "error" }>, interrupted: boolean): void {
    const { settlement, clock, options } = this.#parts;
    const json = JSON.stringify(outcome.error);
    // Only calls that may be repeated are ever aborted. The run is held, or was and goes on already.
    if (interrupted) return this.release(live, frame, { counted: false, progress: outcome.progress });
    const delay = retryDelay(frame, outcome, options.random());
    if (delay === undefined) return settlement.settle(live, frame, { status: "failed", json });
    this.release(live, frame, {
      readyAt: outcome.retry?.at ?? clock.now() + delay,
      waitingFor: `attempt ${frame.attempt} failed: ${outcome.error.message}`,
      counted: true,
      progress: outcome.progress,
    });
  }

  /** Gives the frame back to the queue. */
  release(
    live: LiveRun,
    frame: StackRun,
    to: { readyAt?: number; blocked?: string; waitingFor?: string; counted: boolean; progress?: Json | undefined },
  ): void {
    const { committer, store, runs, processor } = this.#parts;
    const { progress, ...rest } = to;
    runs.touch(live);
    committer.stage({
      concerns: live,
      apply: () => {
        store.stackRuns.release(frame.id, {
          ...rest,
          ...(to.readyAt === undefined ? {} : { readyAt: Math.ceil(to.readyAt) }),
          ...(live.status === "held" ? { blocked: HELD } : {}),
          ...(progress === undefined ? {} : { progress: JSON.stringify(progress) }),
        });
      },
      after: () => {
        if (to.readyAt !== undefined) processor.wakeAt(to.readyAt);
      },
    });
  }
}
