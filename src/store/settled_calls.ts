import type { FrameStatus } from "../core/states.ts";
import type { Database, Row } from "./database.ts";

/** How a call has ended; neither what it was given nor what came of it. Times are ms. */
export interface SettledCall {
  /** The frame's number. */
  readonly id: number;
  readonly seq: number;
  readonly service: string;
  readonly method: string;
  readonly status: FrameStatus;
  readonly attempt: number;
  /** Its place in the order of outcomes; null when the realm never saw it, since the run had ended. */
  readonly delivery: number | null;
  readonly errorCode: string | null;
  readonly issuedAt: number;
  readonly endedAt: number;
}

/** How many frames wait: to be claimed, or for a time. */
export interface QueueDepth {
  readonly ready: number;
  readonly waiting: number;
}

const COLUMNS = `id, seq, service, method, status, attempt, delivery, issued_at, ended_at,
  json_extract(error, '$.code') AS code`;

/** Reads what has become of calls, for those who watch from outside. */
export class SettledCalls {
  readonly #delivered;
  readonly #undelivered;
  readonly #depth;

  constructor(db: Database) {
    this.#delivered = db.prepare(
      `SELECT ${COLUMNS} FROM stack_runs INDEXED BY stack_runs_delivery
       WHERE run = ? AND delivery > ? ORDER BY delivery LIMIT ? + 0`,
    );
    // Nearly all frames have a delivery: those are told apart in the indexes, without reading their rows.
    this.#undelivered = db.prepare(
      `SELECT ${COLUMNS} FROM stack_runs WHERE ended_at IS NOT NULL AND id IN (
         SELECT id FROM stack_runs WHERE run = :run AND seq > 0
         EXCEPT SELECT id FROM stack_runs INDEXED BY stack_runs_delivery WHERE run = :run AND delivery IS NOT NULL
       ) ORDER BY seq`,
    );
    this.#depth = db.prepare(
      `SELECT (SELECT count(*) FROM stack_runs INDEXED BY stack_runs_ready
                WHERE status = 'pending' AND ready_at IS NULL AND blocked IS NULL) AS ready,
              (SELECT count(*) FROM stack_runs INDEXED BY stack_runs_waiting
                WHERE status = 'pending' AND ready_at IS NOT NULL) AS waiting`,
    );
  }

  /** The calls whose outcomes a run was given after a delivery, in that order. */
  delivered(params: { run: number; after: number; limit: number }): SettledCall[] {
    return (this.#delivered.all(params.run, params.after, params.limit) as Row[]).map(toCall);
  }

  /** The calls of a run that has ended whose outcomes it was not given. */
  undelivered(run: number): SettledCall[] {
    return (this.#undelivered.all({ run }) as Row[]).map(toCall);
  }

  depth(): QueueDepth {
    return this.#depth.get() as unknown as QueueDepth;
  }
}

function toCall(row: Row): SettledCall {
  return {
    id: row.id as number,
    seq: row.seq as number,
    service: row.service as string,
    method: row.method as string,
    status: row.status as FrameStatus,
    attempt: row.attempt as number,
    delivery: row.delivery as number | null,
    errorCode: row.code as string | null,
    issuedAt: row.issued_at as number,
    endedAt: row.ended_at as number,
  };
}
