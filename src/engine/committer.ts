import type { Clock } from "../core/clock.ts";
import { TaskerError } from "../core/errors.ts";
import type { Store } from "../store/store.ts";
import { DamagedRow } from "../store/stored_json.ts";

/** A change of run state: applied inside a transaction shared with others, then followed by what may only happen after it. */
export interface Change {
  /** The run that it is about and nothing else; all runs when absent. */
  readonly concerns?: Concern;
  apply(now: number): void;
  /** Runs after the commit, in order of staging. */
  after?(): void;
  /** Runs instead of `after` when the commit failed and nothing of it happened. */
  failed?(error: Error): void;
}

/** A run as the committer sees it. */
export interface Concern {
  /** Its realm has been given results and has not answered: the calls that it will make belong to the same commit. */
  readonly isAtWork: boolean;
}

/** Of a change that no run at work can have to do with. */
export const NOBODY: Concern = { isAtWork: false };

interface Staged extends Change {
  readonly stagedAt: number;
}

/** How long changes wait for company while realms are at work, ms. */
const GATHERING = 1;

/**
 * Runs inside every transaction, after the staged changes; what it gives runs when they are committed. `isLeftOut`: what
 * concerns that run is not part of it.
 */
type BeforeCommit = (now: number, isLeftOut: (run: Concern) => boolean) => () => void;

/** Errors of the file, not of what was written to it. */
const FATAL: ReadonlySet<string> = new Set(["DATABASE_UNUSABLE", "DATABASE_BUSY"]);

/**
 * Group commit. Changes are staged and committed together: at once when no realm is at work or lanes stand idle for want
 * of a commit, otherwise a moment later, with what others have staged by then. What concerns a run whose realm is at work
 * waits for its answer, so that a call's result and the calls it causes are one durable commit; but never for long.
 */
export class Committer {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #epoch: number;
  readonly #longestWait: number;
  readonly #beforeCommit: BeforeCommit;
  readonly #isAwaited: () => boolean;
  readonly #failed: (error: Error) => void;
  #staged: Staged[] = [];
  #realmsAtWork = 0;
  #scheduled = false;
  #committing = false;
  #broken = false;
  /** Set while changes wait for company, and while some wait for a realm at work. */
  #cancelGathering: (() => void) | undefined;
  #cancelLongestWait: (() => void) | undefined;

  constructor(params: {
    store: Store;
    clock: Clock;
    epoch: number;
    /** How long a staged change waits at most for realms at work whose calls could share its commit, ms. */
    longestWait: number;
    beforeCommit: BeforeCommit;
    /** Whether calls wait for a commit to be claimed: then it waits for no realm. */
    isAwaited: () => boolean;
    /** A commit failed: nothing of it happened, and nothing more will be committed. */
    failed: (error: Error) => void;
  }) {
    this.#store = params.store;
    this.#clock = params.clock;
    this.#epoch = params.epoch;
    this.#longestWait = params.longestWait;
    this.#beforeCommit = params.beforeCommit;
    this.#isAwaited = params.isAwaited;
    this.#failed = params.failed;
  }

  /** Whether nothing is committed any more. */
  get stopped(): boolean {
    return this.#broken;
  }

  /** Whether something is staged that is not committed yet. */
  get isPending(): boolean {
    return this.#staged.length > 0;
  }

  stage(change: Change): void {
    if (this.#broken) return;
    this.#staged.push({ ...change, stagedAt: this.#clock.now() });
    this.#schedule();
  }

  /** Stages a change and settles when it is committed. */
  commit<T>(apply: (now: number) => T, concerns?: Concern): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#broken) return reject(stopped());
      let value: T;
      let refused: unknown;
      this.stage({
        ...(concerns === undefined ? {} : { concerns }),
        // A change that is refused must not take the others of its transaction with it.
        apply: (now) => {
          const applied = this.attempt(() => apply(now));
          if (applied.ok) value = applied.value;
          else refused = applied.error;
        },
        after: () => refused === undefined ? resolve(value) : reject(refused),
        failed: reject,
      });
    });
  }

  /** Applies a part of a change that may be refused without harm to the rest of the transaction. */
  attempt<T>(work: () => T): { ok: true; value: T } | { ok: false; error: unknown } {
    try {
      return { ok: true, value: this.#store.db.savepoint(work) };
    } catch (error) {
      // The file itself failed, and with it the whole transaction.
      if (error instanceof TaskerError && FATAL.has(error.code) && !(error instanceof DamagedRow)) throw error;
      return { ok: false, error };
    }
  }

  /** A realm begins to work; what it will answer may share the next commit. */
  realmBegins(): void {
    this.#realmsAtWork++;
  }

  realmAnswered(): void {
    this.#realmsAtWork--;
    if (this.#staged.length > 0) this.#schedule();
  }

  /** Commits what is staged now. */
  flush(): void {
    if (this.#committing) return;
    this.#committing = true;
    try {
      while (this.#staged.length > 0 && !this.#broken) {
        this.#cancelGathering?.();
        this.#cancelGathering = undefined;
        this.#commitOnce(this.#staged.splice(0));
      }
    } finally {
      this.#committing = false;
    }
  }

  /**
   * A write outside the group that survives a kill, but needs no sync of the disk. Undefined when it could not be made:
   * the engine has stopped then.
   */
  quickly<T>(work: () => T): { readonly value: T } | undefined {
    return this.#guarded(() => ({ value: work() }), { durable: false });
  }

  /** Reads for the engine outside of a transaction: when that fails, the engine cannot go on either. */
  reading(work: () => void): void {
    if (this.#broken) return;
    try {
      work();
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  /** Ends the engine; gives the error as it is reported. */
  fail(thrown: unknown): Error {
    const error = this.#store.db.explain(thrown);
    this.#broken = true;
    this.#failed(error);
    this.stop(error);
    return error;
  }

  /** Nothing is committed from here on. */
  stop(reason: Error = stopped()): void {
    this.#broken = true;
    this.#cancelGathering?.();
    this.#cancelLongestWait?.();
    for (const change of this.#staged.splice(0)) change.failed?.(reason);
  }

  #schedule(): void {
    if (this.#scheduled || this.#committing) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#flushWhenDue();
    });
  }

  #flushWhenDue(): void {
    if (this.#staged.length === 0) return;
    if (this.#realmsAtWork === 0) return this.flush();
    if (this.#isAwaited()) return this.#flushReady();
    if (this.#staged.some(({ concerns }) => concerns?.isAtWork !== true)) {
      this.#cancelGathering ??= this.#clock.after(GATHERING, () => {
        this.#cancelGathering = undefined;
        this.#flushReady();
      });
    }
    // It stays when everything is committed before: a timer in the time of many commits. A later one is for what is left.
    const waited = Math.max(0, this.#clock.now() - this.#staged[0]!.stagedAt);
    this.#cancelLongestWait ??= this.#clock.after(this.#longestWait - waited, () => {
      this.#cancelLongestWait = undefined;
      this.#flushReady();
    });
  }

  /**
   * Commits what waits for no realm at work, or has waited for long enough: nothing perhaps, but what can be claimed is
   * claimed.
   */
  #flushReady(): void {
    if (this.#committing || this.#broken || this.#staged.length === 0) return;
    if (this.#staged.some(({ concerns }) => concerns === undefined)) return this.flush();
    const now = this.#clock.now();
    const late = new Set<Concern>();
    for (const { concerns, stagedAt } of this.#staged) {
      // A clock that was set back makes nothing wait for longer.
      if (Math.abs(now - stagedAt) >= this.#longestWait) late.add(concerns!);
    }
    const isReady = ({ concerns }: Staged) => !concerns!.isAtWork || late.has(concerns!);
    const ready = this.#staged.filter(isReady);
    if (ready.length === this.#staged.length) return this.flush();
    if (ready.length > 0 || this.#isAwaited()) {
      this.#committing = true;
      try {
        this.#staged = this.#staged.filter((change) => !isReady(change));
        this.#commitOnce(ready, late);
      } finally {
        this.#committing = false;
      }
    }
    if (this.#staged.length > 0) this.#schedule();
  }

  /** `late`: when only some changes are committed, the runs at work that are among them all the same. */
  #commitOnce(changes: readonly Change[], late?: ReadonlySet<Concern>): void {
    const done = this.#guarded(() => {
      const now = this.#clock.now();
      for (const change of changes) change.apply(now);
      return this.#beforeCommit(now, (run) => late !== undefined && run.isAtWork && !late.has(run));
    }, { durable: true, changes });
    if (done === undefined) return;
    for (const change of changes) change.after?.();
    done();
  }

  #checkEpoch(): void {
    const epoch = this.#store.owner.epoch();
    if (epoch !== this.#epoch) {
      throw new TaskerError(
        "NOT_OWNER",
        `another process has taken over the database (epoch ${epoch}, ours ${this.#epoch})`,
        {
          hint: "this process stops; the other one goes on with its runs",
        },
      );
    }
  }

  /**
   * One transaction of the owner. When it fails it leaves nothing behind and ends this engine: realms may have seen
   * results that are not recorded.
   */
  #guarded<T>(work: () => T, options: { durable: boolean; changes?: readonly Change[] }): T | undefined {
    if (this.#broken) return undefined;
    try {
      return this.#store.db.transaction(() => {
        this.#checkEpoch();
        return work();
      }, options);
    } catch (thrown) {
      const error = this.fail(thrown);
      for (const change of options.changes ?? []) change.failed?.(error);
      return undefined;
    }
  }
}

function stopped(): TaskerError {
  return new TaskerError("UNAVAILABLE", "the engine has stopped", { hint: "run the command again" });
}
