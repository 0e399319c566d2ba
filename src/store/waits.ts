import type { Claims } from "./claims.ts";
import type { Database, Row } from "./database.ts";
import type { StackRun } from "./stack_runs.ts";

/** Of a blocked frame that waits for room in a budget. */
export const OVER_BUDGET = "blocked >= 'budget ' AND blocked < 'budget!'";

/** Of a blocked frame that waits until a time at the most: for room in a budget, or for the end of a run. */
const ENDS_WITH_TIME = `(${OVER_BUDGET} OR blocked >= 'end ' AND blocked < 'end!')`;

/** What pending frames wait for before they are ready: a time, or somebody who takes away the reason that they are blocked for. */
export class Waits {
  readonly #claims: Claims;
  /** Whether a frame may wait for a time; false is certain. */
  #mayBeWaiting = true;
  readonly #promote;
  readonly #nextDue;
  readonly #block;
  readonly #unblock;
  readonly #unblockAll;
  readonly #unblockBudgets;
  readonly #reblock;
  readonly #firstBlocked;
  readonly #blockedBy;
  readonly #tellWait;
  readonly #unblockKeys;
  readonly #unblockRun;
  readonly #wake;

  constructor(db: Database, claims: Claims) {
    this.#claims = claims;
    this.#promote = db.prepare(
      // What is blocked for another reason waits on for the same.
      `UPDATE stack_runs SET ready_at = NULL,
         waiting_for = iif(blocked IS NULL OR ${ENDS_WITH_TIME}, NULL, waiting_for),
         blocked = iif(${ENDS_WITH_TIME}, NULL, blocked)
       WHERE status = 'pending' AND ready_at <= ?`,
    );
    this.#nextDue = db.prepare(
      "SELECT min(ready_at) AS at FROM stack_runs WHERE status = 'pending' AND ready_at IS NOT NULL",
    );
    this.#block = db.prepare(
      `UPDATE stack_runs SET blocked = ?
       WHERE run = ? AND status = 'pending' AND blocked IS NOT 'approval' AND (${OVER_BUDGET}) IS NOT 1`,
    );
    this.#unblock = db.prepare("UPDATE stack_runs SET blocked = NULL, waiting_for = NULL WHERE id = ?");
    this.#unblockAll = db.prepare(
      "UPDATE stack_runs SET blocked = NULL, waiting_for = NULL, ready_at = NULL WHERE status = 'pending' AND blocked = ?",
    );
    this.#unblockBudgets = db.prepare(
      `UPDATE stack_runs SET blocked = NULL, ready_at = NULL, waiting_for = NULL
       WHERE status = 'pending' AND ${OVER_BUDGET}`,
    );
    this.#reblock = db.prepare("UPDATE stack_runs SET blocked = ? WHERE id = ? AND status = 'pending'");
    this.#firstBlocked = db.prepare(
      "SELECT id, run FROM stack_runs WHERE status = 'pending' AND blocked = ? ORDER BY priority DESC, id LIMIT 1",
    );
    this.#blockedBy = db.prepare(
      "SELECT DISTINCT blocked FROM stack_runs WHERE status = 'pending' AND blocked >= ? AND blocked < ?",
    );
    this.#tellWait = db.prepare(
      "UPDATE stack_runs SET waiting_for = ?, ready_at = ? WHERE id = ? AND status = 'pending'",
    );
    this.#unblockKeys = db.prepare(
      "UPDATE stack_runs SET blocked = NULL WHERE status = 'pending' AND blocked >= 'key ' AND blocked < 'key!'",
    );
    this.#unblockRun = db.prepare(
      `UPDATE stack_runs SET blocked = NULL,
         ready_at = CASE WHEN service = 'tasks' AND method = 'result' THEN NULL ELSE ready_at END
       WHERE run = ? AND status = 'pending' AND blocked = ?`,
    );
    this.#wake = db.prepare(
      `UPDATE stack_runs SET ready_at = NULL, waiting_for = NULL, blocked = nullif(blocked, ?)
       WHERE id = ? AND status = 'pending'`,
    );
  }

  /** A frame waits for a time. */
  forTime(): void {
    this.#mayBeWaiting = true;
  }

  /** Makes every frame ready whose time has come; how many. */
  promote(now: number): number {
    this.#claims.becameReady();
    return Number(this.#promote.run(now).changes);
  }

  /** When the earliest waiting frame becomes ready. */
  nextDue(): number | undefined {
    if (!this.#mayBeWaiting) return undefined;
    const { at } = this.#nextDue.get() as Row;
    this.#mayBeWaiting = at !== null;
    return (at as number | null) ?? undefined;
  }

  /** Keeps the pending frames of a run from being claimed; those that wait for an approval or a budget are kept by that. */
  blockRun(run: number, reason: string): void {
    this.#block.run(reason, run);
  }

  /** What waits for the end of another run looks again whether that has ended meanwhile. */
  unblockRun(run: number, reason: string): void {
    this.#claims.becameReady();
    this.#unblockRun.run(run, reason);
  }

  /** Makes every frame ready that is blocked for this reason. */
  unblockAll(reason: string): void {
    if (this.#unblockAll.run(reason).changes > 0) this.#claims.becameReady();
  }

  /** Makes every frame ready that waits for room in a budget. */
  unblockBudgets(): void {
    this.#claims.becameReady();
    this.#unblockBudgets.run();
  }

  /** Blocks a pending frame for another reason, or for none. */
  reblock(id: number, reason: string | undefined): void {
    this.#claims.becameReady();
    this.#reblock.run(reason ?? null, id);
  }

  /** Frees every frame that queues for a key: after a change of owner nobody holds one, and nothing is known of the others. */
  unblockKeys(): void {
    this.#claims.becameReady();
    this.#mayBeWaiting = true;
    this.#unblockKeys.run();
  }

  /** Makes the first frame that queues for a key ready. */
  unblockFirst(key: string): boolean {
    this.#claims.becameReady();
    const first = this.firstBlocked(key);
    if (first !== undefined) this.#unblock.run(first.id);
    return first !== undefined;
  }

  /** The frame that is next of those blocked for a reason: the highest priority, then the first. */
  firstBlocked(reason: string): Pick<StackRun, "id" | "run"> | undefined {
    return this.#firstBlocked.get(reason) as Pick<StackRun, "id" | "run"> | undefined;
  }

  /** All reasons of a kind for which frames are blocked: those that begin with the word. */
  blockedBy(word: string): string[] {
    return (this.#blockedBy.all(`${word} `, `${word}!`) as Row[]).map((row) => row.blocked as string);
  }

  /** Says what a blocked frame waits for, and until when at the most. */
  tellWait(id: number, { waitingFor, readyAt }: { waitingFor: string; readyAt?: number }): void {
    if (readyAt !== undefined) this.#mayBeWaiting = true;
    this.#tellWait.run(waitingFor, readyAt ?? null, id);
  }

  /** Makes a frame ready that waits for a time or is blocked for that reason; one that is blocked for another stays so. */
  wake(id: number, reason: string): void {
    this.#claims.becameReady();
    this.#wake.run(reason, id);
  }
}
