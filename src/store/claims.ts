import type { Database, Row } from "./database.ts";

/** The WHERE clause of a frame that waits for nothing but to be claimed: that of the index. */
const READY = "status = 'pending' AND ready_at IS NULL AND blocked IS NULL";
/** Of so many frames claimed where priorities differ, one is of a lower level: these take turns. */
const LOW_TURN = 8;

/** Claims ready frames, row by row through their index. */
export class Claims {
  /** Whether a frame may be ready, of local services and of outside calls; false is certain. */
  readonly #mayBeReady = { local: true, outside: true };
  /** Whether a frame may have a priority of its own, undefined before anybody looked; false is certain. */
  #mayDiffer: boolean | undefined;
  /** By lane: claims where priorities differ, and the level that had its turn last. */
  readonly #turns = [{ claims: 0, level: -Infinity }, { claims: 0, level: -Infinity }];
  readonly #nextReady;
  readonly #highestBelow;
  readonly #anyPriority;
  readonly #anyReady;
  readonly #claim;
  readonly #claimOfRun;

  constructor(db: Database) {
    this.#nextReady = db.prepare(
      `SELECT id, run FROM stack_runs INDEXED BY stack_runs_ready
       WHERE ${READY} AND lane = ? AND priority = ? AND run > ? ORDER BY run, seq LIMIT 1`,
    );
    this.#highestBelow = db.prepare(
      `SELECT priority FROM stack_runs INDEXED BY stack_runs_ready
       WHERE ${READY} AND lane = ? AND priority < ? ORDER BY priority DESC LIMIT 1`,
    );
    this.#anyPriority = db.prepare(
      `SELECT EXISTS (SELECT 1 FROM stack_runs INDEXED BY stack_runs_open
                      WHERE ended_at IS NULL AND priority <> 0) AS there`,
    );
    this.#anyReady = db.prepare(
      `SELECT EXISTS (SELECT 1 FROM stack_runs INDEXED BY stack_runs_ready WHERE ${READY} AND lane <= ?) AS ready`,
    );
    this.#claim = db.prepare(
      `UPDATE stack_runs SET status = 'processing', attempt = attempt + 1, started_at = ?, waiting_for = NULL
       WHERE id = ? AND ${READY} RETURNING *`,
    );
    this.#claimOfRun = db.prepare(
      `UPDATE stack_runs SET status = 'processing', attempt = attempt + 1, started_at = ?, waiting_for = NULL
       WHERE id IN (SELECT id FROM stack_runs INDEXED BY stack_runs_ready
                    WHERE ${READY} AND lane = ? AND priority = 0 AND run = ? ORDER BY seq LIMIT ? + 0) RETURNING *`,
    );
  }

  /** Whether a frame may wait for nothing but to be claimed; false is certain. */
  mayBeReady(lane: boolean): boolean {
    return this.#mayBeReady[lane ? "outside" : "local"];
  }

  /** Whether a frame waits for nothing but to be claimed; with `outside`, also one that needs a lane. */
  hasReady(outside: boolean): boolean {
    if (!this.#mayBeReady.local && !(outside && this.#mayBeReady.outside)) return false;
    return (this.#anyReady.get(outside ? 1 : 0) as Row).ready === 1;
  }

  /** A frame of that lane, or any, may have become ready. */
  becameReady(lane?: boolean): void {
    if (lane !== true) this.#mayBeReady.local = true;
    if (lane !== false) this.#mayBeReady.outside = true;
  }

  /** A frame has been inserted. */
  inserted(priority: number): void {
    if (priority !== 0) this.#mayDiffer = true;
  }

  /** The rows of what was claimed, as `StackRuns.claim` says. */
  claim(params: { lane: boolean; limit: number; after: number; now: number }): { rows: Row[]; after: number } {
    const rows: Row[] = [];
    if (!this.mayBeReady(params.lane)) return { rows, after: params.after };
    const lane = params.lane ? 1 : 0;
    let after = params.after;
    while (rows.length < params.limit) {
      const level = this.#mayDiffer === false ? 0 : this.#levelToClaim(lane);
      const next = (level === undefined ? undefined : this.#nextReady.get(lane, level, after) ??
        (after > 0 ? this.#nextReady.get(lane, level, 0) : undefined)) as Row | undefined;
      if (next === undefined) {
        this.#mayBeReady[params.lane ? "outside" : "local"] = false;
        break;
      }
      const run = next.run as number;
      if (run === after && this.#mayDiffer === false) {
        // The only run that has any: all of its turns at once.
        const all = this.#claimOfRun.all(params.now, lane, run, params.limit - rows.length) as Row[];
        rows.push(...all.sort((a, b) => (a.seq as number) - (b.seq as number)));
      } else {
        after = run;
        rows.push(this.#claim.get(params.now, next.id as number) as Row);
      }
    }
    return { rows, after };
  }

  /** The priority of which a frame is claimed next; undefined when none is ready. */
  #levelToClaim(lane: 0 | 1): number | undefined {
    this.#mayDiffer ??= (this.#anyPriority.get() as Row).there === 1;
    if (!this.#mayDiffer) return 0;
    const highest = this.#readyBelow(lane, Infinity);
    const turn = this.#turns[lane]!;
    if (highest === undefined || ++turn.claims % LOW_TURN !== 0) return highest;
    const next = this.#readyBelow(lane, Math.min(turn.level, highest)) ?? this.#readyBelow(lane, highest);
    return turn.level = next ?? highest;
  }

  #readyBelow(lane: 0 | 1, priority: number): number | undefined {
    return (this.#highestBelow.get(lane, priority) as Row | undefined)?.priority as number | undefined;
  }
}
