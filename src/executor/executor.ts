import type { Clock } from "../core/clock.ts";
import { TaskerError } from "../core/errors.ts";
import type { TaskCode } from "../core/manifest.ts";
import { Isolate, openWorker } from "./isolate.ts";
import type { Delivery, RunStart, TurnReport } from "./messages.ts";
import { StallWatch } from "./stall_watch.ts";

export interface ExecutorOptions {
  readonly clock: Clock;
  /** How long one turn of task code may compute, ms; 5,000 when absent. */
  readonly tickTimeout?: number;
  /** How long an isolate may be silent while it owes an answer, ms; 15,000 when absent. Machine time. */
  readonly nativeStallTimeout?: number;
  /** How long an isolate without realms is kept for the next run of its version, ms; 60,000 when absent. */
  readonly idleIsolateMs?: number;
}

/** A run's realm, parked between deliveries. */
export interface Realm {
  readonly runId: string;
  /**
   * Gives settled calls to the realm, one after another, each to a quiescent realm; the report has one turn for each,
   * except that those after the task's end are ignored. May be called again before the answer to the last one.
   * Rejects with TASK_STALLED (the realm computed for too long and is gone) or ISOLATE_LOST (it is gone through no fault
   * of its own: start it again and replay). `taken`: in a replay, deliveries whose turns are known to have been taken
   * and to have left nothing unhandled; they are one turn, and cost less.
   */
  deliver(deliveries: Delivery[], options?: { taken: boolean }): Promise<TurnReport>;
  /** Frees the realm. Harmless when it is gone already. */
  drop(): void;
}

/** Runs task code: a Worker for each version of a task function, in it a realm for each run. */
export class Executor {
  readonly #clock: Clock;
  readonly #tickTimeout: number;
  readonly #idleIsolateMs: number;
  readonly #watch: StallWatch;
  /** By code hash; with the run's id behind it where the manifest asks for a Worker of its own. */
  readonly #isolates = new Map<string, Isolate>();
  readonly #idle = new Map<Isolate, () => void>();
  /** For the first isolate: loading takes as long as all else that goes before the first code of a process runs. */
  #ahead: Worker | undefined;
  #stopped = false;

  constructor(options: ExecutorOptions) {
    this.#clock = options.clock;
    this.#tickTimeout = options.tickTimeout ?? 5_000;
    this.#idleIsolateMs = options.idleIsolateMs ?? 60_000;
    this.#watch = new StallWatch(options.nativeStallTimeout ?? 15_000);
    this.#ahead = openWorker();
    this.#ahead.onerror = (event) => {
      event.preventDefault();
      this.#ahead = undefined;
    };
  }

  /** Makes the run's realm, spawning the version's Worker when needed, and runs its first turn. Rejects as `deliver` does. */
  async start(code: TaskCode, run: RunStart): Promise<{ realm: Realm; report: TurnReport }> {
    if (this.#stopped) {
      throw new TaskerError("ISOLATE_LOST", `Run ${run.runId} cannot start: the executor has stopped.`);
    }
    const isolate = this.#isolateOf(code, run.runId);
    this.#keep(isolate);
    const report = await isolate.start(run);
    let ended = report.outcome !== undefined;
    const realm: Realm = {
      runId: run.runId,
      async deliver(deliveries, { taken } = { taken: false }) {
        if (ended) return { turns: [] };
        const answered = await isolate.deliver(run.runId, deliveries, taken);
        ended ||= answered.outcome !== undefined;
        return answered;
      },
      drop: () => isolate.drop(run.runId),
    };
    return { realm, report };
  }

  /** Workers alive, and runs with a realm in one of them. */
  stats(): { isolates: number; realms: number } {
    let realms = 0;
    for (const isolate of this.#isolates.values()) realms += isolate.size;
    return { isolates: this.#isolates.size, realms };
  }

  /** Ends every isolate. What they still owe is rejected with ISOLATE_LOST. May be called again. */
  stop(): Promise<void> {
    this.#stopped = true;
    this.#ahead?.terminate();
    this.#ahead = undefined;
    for (const isolate of [...this.#isolates.values()]) isolate.end();
    this.#watch.stop();
    return Promise.resolve();
  }

  #isolateOf(code: TaskCode, runId: string): Isolate {
    const own = code.manifest.isolation === "worker";
    const key = own ? `${code.hash}/${runId}` : code.hash;
    let isolate = this.#isolates.get(key);
    if (isolate === undefined) {
      isolate = new Isolate({
        code,
        worker: this.#ahead ?? openWorker(),
        tickTimeout: this.#tickTimeout,
        watch: this.#watch,
        onChange: (changed) => this.#changed(key, changed, own),
      });
      this.#ahead = undefined;
      this.#isolates.set(key, isolate);
    }
    return isolate;
  }

  #changed(key: string, isolate: Isolate, own: boolean): void {
    if (isolate.ended) {
      this.#keep(isolate);
      if (this.#isolates.get(key) === isolate) this.#isolates.delete(key);
    } else if (isolate.size === 0 && own) {
      isolate.end();
    } else if (isolate.size === 0 && !this.#idle.has(isolate)) {
      const cancel = this.#clock.after(this.#idleIsolateMs, () => {
        this.#idle.delete(isolate);
        isolate.end();
      });
      this.#idle.set(isolate, cancel);
    }
  }

  /** The isolate is wanted (or gone): it is not ended for being idle. */
  #keep(isolate: Isolate): void {
    this.#idle.get(isolate)?.();
    this.#idle.delete(isolate);
  }
}
