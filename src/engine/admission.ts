import type { Manifest } from "../core/manifest.ts";
import { parseRate } from "../core/rate.ts";
import type { Store } from "../store/store.ts";
import type { TaskRun } from "../store/task_runs.ts";

type Limits = Manifest["limits"];

/** What the root frame of a run is blocked by that waits for its turn among the runs of its task. */
const turnOf = (taskName: string) => `turn ${taskName}`;
/** What the other frames of such a run are blocked by. */
const BEHIND_ROOT = "root";

/**
 * Lets runs begin that were submitted, as the limits of their task's newest version allow: by priority, then first in first
 * out. It is asked where something may have changed, and decides in the same transaction. Nested runs are part of the run
 * around them, and a held run has given its place up.
 */
export class Admission {
  readonly #store: Store;
  /** Tasks to look at in this transaction, and those that have runs waiting. */
  readonly #asked = new Set<string>();
  readonly #queues = new Set<string>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Something may let a run of the task begin. */
  ask(taskName: string): void {
    this.#asked.add(taskName);
  }

  /** A time has come. */
  askQueued(): void {
    for (const name of this.#queues) this.#asked.add(name);
  }

  /** Another owner has left the file. */
  askAll(): void {
    for (const blocked of this.#store.stackRuns.waits.blockedBy("turn")) {
      this.#asked.add(blocked.slice(turnOf("").length));
    }
  }

  /** A run of its own that has not begun waits for its turn, if its task limits its runs. */
  queue(
    { run, rootFrame, taskName, admittedAt }: Pick<TaskRun, "run" | "rootFrame" | "taskName" | "admittedAt">,
  ): void {
    const limits = this.#limitsOf(taskName);
    if (admittedAt !== null || (!isLimited(limits) && !this.#queues.has(taskName))) return;
    // A retry has calls already, which are made when it begins.
    this.#store.stackRuns.waits.blockRun(run, BEHIND_ROOT);
    this.#store.stackRuns.waits.reblock(rootFrame, turnOf(taskName));
    this.#store.stackRuns.waits.tellWait(rootFrame, { waitingFor: wordsOf(taskName, limits) });
    this.ask(taskName);
  }

  /** Part of every transaction: gives the time when a run may begin that must not yet, ms. */
  admit(now: number): number | undefined {
    if (this.#asked.size === 0) return undefined;
    const times = [...this.#asked].map((name) => this.#admitOf(name, now)).filter((time) => time !== undefined);
    this.#asked.clear();
    return times.length === 0 ? undefined : Math.min(...times);
  }

  #admitOf(taskName: string, now: number): number | undefined {
    const { stackRuns, turns } = this.#store;
    const limits = this.#limitsOf(taskName);
    for (;;) {
      const first = stackRuns.waits.firstBlocked(turnOf(taskName));
      if (first === undefined) {
        this.#queues.delete(taskName);
        return undefined;
      }
      this.#queues.add(taskName);
      if (limits.concurrency !== undefined && turns.underWay(taskName) >= limits.concurrency) {
        stackRuns.waits.tellWait(first.id, { waitingFor: wordsOf(taskName, limits) });
        return undefined;
      }
      const from = this.#rateAllows(taskName, limits, now);
      if (from > now) {
        stackRuns.waits.tellWait(first.id, { waitingFor: wordsOf(taskName, limits), readyAt: from });
        return from;
      }
      stackRuns.waits.wake(first.id, turnOf(taskName));
      stackRuns.waits.unblockRun(first.run, BEHIND_ROOT);
      turns.give(first.run, now);
    }
  }

  /** When the rate lets the next run begin, ms. */
  #rateAllows(taskName: string, { rate }: Limits, now: number): number {
    const parsed = rate === undefined ? undefined : parseRate(rate);
    if (parsed === undefined) return -Infinity;
    const before = this.#store.turns.givenBefore(taskName, { now, count: parsed.count });
    return before === undefined ? -Infinity : before + parsed.period;
  }

  #limitsOf(taskName: string): Limits {
    return this.#store.taskFunctions.latest(taskName)?.manifest.limits ?? {};
  }
}

function isLimited({ concurrency, rate }: Limits): boolean {
  return concurrency !== undefined || rate !== undefined;
}

function wordsOf(taskName: string, { concurrency, rate }: Limits): string {
  const limits = [
    ...(concurrency === undefined ? [] : [`${concurrency} at a time`]),
    ...(rate === undefined ? [] : [`${rate} at most`]),
  ];
  return `its turn among the runs of ${taskName}: ${limits.join(", ")}`;
}
