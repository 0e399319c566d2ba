import { type FrameStatus, frameStatusesBefore } from "../core/states.ts";
import { Claims } from "./claims.ts";
import type { Database, Row } from "./database.ts";
import { statusIn } from "./status_in.ts";
import { OVER_BUDGET, Waits } from "./waits.ts";

/** A frame: one call of a run, or the root of a run. JSON columns are text. */
export interface StackRun {
  readonly id: number;
  readonly run: number;
  readonly seq: number;
  readonly service: string;
  readonly method: string;
  readonly args: string;
  /** How it wants to be made, see `CallOptions`. */
  readonly options: string | null;
  /** Among ready frames higher goes first. */
  readonly priority: number;
  readonly status: FrameStatus;
  readonly lane: boolean;
  readonly attempt: number;
  readonly readyAt: number | null;
  readonly blocked: string | null;
  readonly waitingFor: string | null;
  readonly progress: string | null;
  readonly result: string | null;
  readonly error: string | null;
  readonly delivery: number | null;
  readonly deliveredAt: number | null;
  /** What became of it at the policy; see `gates.ts`. Null: it was let through. */
  readonly gate: string | null;
  readonly issuedAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
}

export interface NewStackRun {
  readonly run: number;
  readonly seq: number;
  readonly service: string;
  readonly method: string;
  readonly args: string;
  readonly options?: string | undefined;
  /** 0 when absent. */
  readonly priority?: number;
  readonly lane: boolean;
  /** The delivery after which it was issued, 0 before the first. */
  readonly causedBy?: number;
  readonly now: number;
}

/** A call as the journal has it, for a replay to be compared with. */
export type JournaledCall = Pick<StackRun, "seq" | "service" | "method" | "args">;

const isBefore = (to: FrameStatus) => statusIn(frameStatusesBefore(to));

/** The frames: the journal and the queue in one. Only the engine writes here. */
export class StackRuns {
  readonly #claims;
  /** What pending frames wait for. */
  readonly waits: Waits;
  readonly #get;
  readonly #bySeq;
  readonly #insert;
  readonly #insertClaimed;
  readonly #moves;
  readonly #settle;
  readonly #release;
  readonly #signalWaits;
  readonly #endWaits;
  readonly #open;
  readonly #bySeqPage;
  readonly #journal;
  readonly #causedBy;
  readonly #deliveries;
  readonly #lastOf;
  readonly #notCompleted;
  readonly #waiting;
  readonly #counts;
  readonly #interrupted;

  constructor(db: Database) {
    this.#claims = new Claims(db);
    this.waits = new Waits(db, this.#claims);
    this.#get = db.prepare("SELECT * FROM stack_runs WHERE id = ?");
    this.#bySeq = db.prepare("SELECT * FROM stack_runs WHERE run = ? AND seq = ?");
    this.#insert = db.prepare(
      `INSERT INTO stack_runs (run, seq, service, method, args, options, priority, status, lane, caused_by, issued_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?, ?)`,
    );
    this.#insertClaimed = db.prepare(
      `INSERT INTO stack_runs (run, seq, service, method, args, options, priority, status, lane, caused_by,
                               issued_at, attempt, started_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, 'processing', ?, ?, ?, 1, ?)`,
    );
    this.#moves = new Map((["processing", "suspended_waiting_child", "pending_resume"] as const).map((to) => [
      to,
      db.prepare(`UPDATE stack_runs SET status = '${to}' WHERE id = ? AND ${isBefore(to)}`),
    ]));
    this.#settle = new Map((["completed", "failed", "cancelled"] as const).map((to) => [
      to,
      db.prepare(
        `UPDATE stack_runs SET status = '${to}', result = ?, error = ?, delivery = ?, delivered_at = ?, ended_at = ?,
           progress = NULL, waiting_for = NULL, ready_at = NULL, blocked = NULL
         WHERE id = ? AND ${isBefore(to)}`,
      ),
    ]));
    this.#release = db.prepare(
      `UPDATE stack_runs SET status = 'pending', ready_at = :readyAt, blocked = :blocked, waiting_for = :waitingFor,
         progress = coalesce(:progress, progress), error = :error, attempt = attempt - :uncounted,
         started_at = iif(:unmade AND attempt = 1 AND progress IS NULL, NULL, started_at)
       WHERE id = :id AND status = 'processing'`,
    );
    this.#open = db.prepare("SELECT * FROM stack_runs WHERE run = ? AND ended_at IS NULL ORDER BY seq");
    this.#bySeqPage = db.prepare("SELECT * FROM stack_runs WHERE run = ? AND seq > ? ORDER BY seq LIMIT ? + 0");
    this.#journal = db.prepare(
      "SELECT seq, service, method, args FROM stack_runs WHERE run = ? AND seq > ? ORDER BY seq LIMIT ? + 0",
    );
    this.#causedBy = db.prepare("SELECT caused_by FROM stack_runs WHERE run = ? ORDER BY seq DESC LIMIT 1");
    this.#deliveries = db.prepare(
      `SELECT seq, service, delivery, delivered_at, status, result, error,
         status = 'cancelled' AND delivery > (SELECT cancelled_after FROM task_runs WHERE run = :run) AS cancels
       FROM stack_runs WHERE run = :run AND delivery > :after ORDER BY delivery LIMIT :limit + 0`,
    );
    this.#lastOf = db.prepare(
      `SELECT (SELECT max(seq) FROM stack_runs WHERE run = :run) AS seq,
              (SELECT max(delivery) FROM stack_runs WHERE run = :run AND delivery IS NOT NULL) AS delivery`,
    );
    this.#notCompleted = db.prepare(
      `SELECT seq FROM stack_runs INDEXED BY stack_runs_open WHERE run = :run AND ended_at IS NULL AND seq > 0
       UNION ALL
       SELECT seq FROM stack_runs INDEXED BY stack_runs_unsuccessful
       WHERE run = :run AND status IN ('failed', 'cancelled') AND seq > 0`,
    );
    this.#waiting = db.prepare(
      `SELECT * FROM stack_runs INDEXED BY stack_runs_open
       WHERE run = ? AND ended_at IS NULL AND status = 'pending' AND (ready_at IS NOT NULL OR service = 'signals' OR (service = 'tasks' AND method = 'result') OR blocked = 'approval' OR (${OVER_BUDGET}) OR (seq = 0 AND waiting_for IS NOT NULL))
       ORDER BY service <> 'signals' AND blocked IS NOT 'approval', ready_at LIMIT ? + 0`,
    );
    this.#signalWaits = db.prepare(
      `SELECT * FROM stack_runs INDEXED BY stack_runs_open
       WHERE run = ? AND ended_at IS NULL AND service = 'signals' AND method = 'wait' ORDER BY seq`,
    );
    this.#endWaits = db.prepare(
      `SELECT args FROM stack_runs INDEXED BY stack_runs_open
       WHERE run = ? AND ended_at IS NULL AND service = 'tasks' AND method = 'result'`,
    );
    // The completed ones, which are nearly all, are what is left: so a count costs the same however long the run.
    this.#counts = {
      open: db.prepare(
        `SELECT status, count(*) AS frames FROM stack_runs INDEXED BY stack_runs_open
         WHERE run = ? AND ended_at IS NULL AND seq > 0 GROUP BY status`,
      ),
      unsuccessful: db.prepare(
        `SELECT status, count(*) AS frames FROM stack_runs INDEXED BY stack_runs_unsuccessful
         WHERE run = ? AND status IN ('failed', 'cancelled') AND seq > 0 GROUP BY status`,
      ),
    };
    this.#interrupted = db.prepare(
      `SELECT stack_runs.* FROM stack_runs JOIN task_runs USING (run)
       WHERE stack_runs.ended_at IS NULL AND task_runs.ended_at IS NULL
         AND stack_runs.status IN ('processing', 'pending_resume')`,
    );
  }

  insert(frame: NewStackRun): number {
    const { run, seq, service, method, args, options = null, priority = 0, lane, causedBy = 0, now } = frame;
    this.#claims.becameReady(lane);
    this.#claims.inserted(priority);
    return Number(
      this.#insert.run(run, seq, service, method, args, options, priority, lane ? 1 : 0, causedBy, now).lastInsertRowid,
    );
  }

  /** Inserts a frame that is claimed as it is made: for when no frame is ready that would come before it. */
  insertClaimed(frame: NewStackRun): StackRun {
    const { run, seq, service, method, args, options = null, priority = 0, lane, causedBy = 0, now } = frame;
    this.#claims.inserted(priority);
    const { lastInsertRowid } = this.#insertClaimed
      .run(run, seq, service, method, args, options, priority, lane ? 1 : 0, causedBy, now, now);
    const id = Number(lastInsertRowid);
    return {
      ...{ id, run, seq, service, method, args, options, priority, lane, status: "processing", attempt: 1 },
      ...{ readyAt: null, blocked: null, waitingFor: null, progress: null, result: null, error: null },
      ...{ delivery: null, deliveredAt: null, gate: null, issuedAt: now, startedAt: now, endedAt: null },
    };
  }

  /** Whether a frame may wait for nothing but to be claimed; false is certain. */
  mayBeReady(lane: boolean): boolean {
    return this.#claims.mayBeReady(lane);
  }

  get(id: number): StackRun | undefined {
    const row = this.#get.get(id) as Row | undefined;
    return row && toStackRun(row);
  }

  bySeq(run: number, seq: number): StackRun | undefined {
    const row = this.#bySeq.get(run, seq) as Row | undefined;
    return row && toStackRun(row);
  }

  /**
   * Claims up to `limit` ready frames: the highest priority first; among equals first in first out within a run, one run
   * after another, going on after the run `after`. Where priorities differ, the lower ones take turns in every eighth claim,
   * so that none starves. Frames that wait for a time or a key are in other indexes and cost nothing here.
   */
  claim(params: { lane: boolean; limit: number; after: number; now: number }): { frames: StackRun[]; after: number } {
    const { rows, after } = this.#claims.claim(params);
    return { frames: rows.map(toStackRun), after };
  }

  /** Moves a task frame; false when it was in no state for it. */
  move(id: number, to: "processing" | "suspended_waiting_child" | "pending_resume"): boolean {
    return Number(this.#moves.get(to)!.run(id).changes) === 1;
  }

  /** Settles a frame once; false when it had been settled before. */
  settle(
    id: number,
    outcome: {
      status: "completed" | "failed" | "cancelled";
      result?: string;
      error?: string;
      /** Its place in the order of outcomes given to the realm; absent when the realm is not to see it. */
      delivery?: number;
      now: number;
    },
  ): boolean {
    const delivery = outcome.delivery ?? null;
    const changes = this.#settle.get(outcome.status)!.run(
      outcome.result ?? null,
      outcome.error ?? null,
      delivery,
      delivery === null ? null : outcome.now,
      outcome.now,
      id,
    ).changes;
    return Number(changes) === 1;
  }

  /** Gives a frame in processing back to the queue: to be ready at a time, when a key is free, or at once. */
  release(
    id: number,
    to: {
      readyAt?: number;
      blocked?: string;
      waitingFor?: string;
      progress?: string;
      error?: string;
      /** Whether the attempt counts against the retry policy. */
      counted: boolean;
      /** It was claimed and may not be made: it has not been started by that. */
      unmade?: boolean;
    },
  ): boolean {
    this.#claims.becameReady();
    if (to.readyAt !== undefined) this.waits.forTime();
    const changes = this.#release.run({
      id,
      readyAt: to.readyAt ?? null,
      blocked: to.blocked ?? null,
      waitingFor: to.waitingFor ?? null,
      progress: to.progress ?? null,
      error: to.error ?? null,
      uncounted: to.counted ? 0 : 1,
      unmade: to.unmade ? 1 : 0,
    }).changes;
    return Number(changes) === 1;
  }

  /** Whether a frame waits for nothing but to be claimed; with `outside`, also one that needs a lane. */
  hasReady(outside: boolean): boolean {
    return this.#claims.hasReady(outside);
  }

  /** The unsettled frames of a run, in order of issue. */
  open(run: number): StackRun[] {
    return (this.#open.all(run) as Row[]).map(toStackRun);
  }

  /** Frames of a run in order of issue, after a seq. */
  page(params: { run: number; after: number; limit: number }): StackRun[] {
    return (this.#bySeqPage.all(params.run, params.after, params.limit) as Row[]).map(toStackRun);
  }

  /** The calls of a run in order of issue, after a seq, as a replay must make them. */
  journal(params: { run: number; after: number; limit: number }): JournaledCall[] {
    return this.#journal.all(params.run, params.after, params.limit) as unknown as JournaledCall[];
  }

  /** The delivery after which a run's newest call was issued: the turns up to it have been taken. */
  lastCausingDelivery(run: number): number {
    return ((this.#causedBy.get(run) as Row | undefined)?.caused_by as number | undefined) ?? 0;
  }

  /** Outcomes in the order they were given to the realm, after a delivery; `cancels`: cancelled since their run was. */
  deliveries(
    params: { run: number; after: number; limit: number },
  ): { seq: number; service: string; delivery: number; at: number; ok: boolean; cancels?: true; json: string }[] {
    return (this.#deliveries.all(params) as Row[]).map((row) => ({
      seq: row.seq as number,
      service: row.service as string,
      delivery: row.delivery as number,
      at: row.delivered_at as number,
      ok: row.status === "completed",
      ...(row.cancels === 1 ? { cancels: true as const } : {}),
      json: (row.result ?? row.error) as string,
    }));
  }

  /** How many outside calls of a run are on their way. */
  inFlight(run: number): number {
    return this.open(run).filter(({ lane, status }) => lane && status === "processing").length;
  }

  /** The highest seq and the highest delivery of a run, 0 when there is none. */
  last(run: number): { seq: number; delivery: number } {
    const row = this.#lastOf.get({ run }) as Row;
    return { seq: (row.seq as number | null) ?? 0, delivery: (row.delivery as number | null) ?? 0 };
  }

  /** The calls of a run that have not ended with a result: their seqs. */
  notCompleted(run: number): number[] {
    return (this.#notCompleted.all({ run }) as Row[]).map(({ seq }) => seq as number);
  }

  /** The calls of a run that wait for a signal, in order of issue. */
  signalWaits(run: number): StackRun[] {
    return (this.#signalWaits.all(run) as Row[]).map(toStackRun);
  }

  /** The arguments of a run's calls that wait for the end of another run. */
  endWaits(run: number): string[] {
    return (this.#endWaits.all(run) as Row[]).map(({ args }) => args as string);
  }

  /** The frames of a run that wait for a signal or a time: for signals first, then the earliest. */
  waiting(run: number, limit: number): StackRun[] {
    return (this.#waiting.all(run, limit) as Row[]).map(toStackRun);
  }

  /** How many calls of a run are in each status. */
  counts(run: number): Map<FrameStatus, number> {
    const rows = [...this.#counts.open.all(run), ...this.#counts.unsuccessful.all(run)] as Row[];
    const counts = new Map(rows.map((row) => [row.status as FrameStatus, row.frames as number]));
    const completed = this.last(run).seq - [...counts.values()].reduce((sum, frames) => sum + frames, 0);
    return completed === 0 ? counts : counts.set("completed", completed);
  }

  /** Frames of unfinished runs that were in somebody's hands when the process died. */
  interrupted(): StackRun[] {
    return (this.#interrupted.all() as Row[]).map(toStackRun);
  }
}

/** A row with all columns. */
export function toStackRun(row: Row): StackRun {
  return {
    id: row.id as number,
    run: row.run as number,
    seq: row.seq as number,
    service: row.service as string,
    method: row.method as string,
    args: row.args as string,
    options: row.options as string | null,
    priority: row.priority as number,
    status: row.status as FrameStatus,
    lane: row.lane === 1,
    attempt: row.attempt as number,
    readyAt: row.ready_at as number | null,
    blocked: row.blocked as string | null,
    waitingFor: row.waiting_for as string | null,
    progress: row.progress as string | null,
    result: row.result as string | null,
    error: row.error as string | null,
    delivery: row.delivery as number | null,
    deliveredAt: row.delivered_at as number | null,
    gate: row.gate as string | null,
    issuedAt: row.issued_at as number,
    startedAt: row.started_at as number | null,
    endedAt: row.ended_at as number | null,
  };
}
