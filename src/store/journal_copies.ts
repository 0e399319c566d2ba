import type { Database, Row } from "./database.ts";
import type { StackRun } from "./stack_runs.ts";

/** Later than any delivery. */
const NEVER = Number.MAX_SAFE_INTEGER;

/** A call as it is copied, or made again. */
export type CopiedCall =
  & Pick<StackRun, "seq" | "service" | "method" | "args" | "options" | "priority" | "lane" | "issuedAt">
  & { readonly causedBy: number; readonly hasFailed: boolean };

/** Which part of a journal is shared. */
export interface SharedPart {
  /** The first call that is not. */
  readonly before: number;
  /** Failures that were delivered from this one on are not answers: their calls are made again. Absent: all are answers. */
  readonly failuresFrom?: number | undefined;
}

/** One run's journal up to a call, for another run. */
export class JournalCopies {
  readonly #answered;
  readonly #records;
  readonly #unanswered;
  readonly #told;
  readonly #after;
  readonly #setResult;

  constructor(db: Database) {
    // An answer that its run never saw, since it had ended, comes after all that it saw.
    this.#answered = db.prepare(
      `INSERT INTO stack_runs (run, seq, service, method, args, options, priority, status, lane, attempt, result, error,
                               caused_by, delivery, delivered_at, issued_at, started_at, ended_at)
       SELECT :to, seq, service, method, args, options, priority, status, lane, attempt, result, error, caused_by,
              row_number() OVER (ORDER BY delivery IS NULL, delivery, seq), coalesce(delivered_at, ended_at),
              issued_at, started_at, ended_at
       FROM stack_runs
       WHERE run = :from AND seq > 0 AND seq < :before AND (status = 'completed' OR delivery < :failuresFrom)`,
    );
    this.#records = db.prepare(
      `INSERT INTO records (run, kind, seq, frame, data)
       SELECT :to, kind, row_number() OVER (PARTITION BY kind ORDER BY records.seq), copy.id, data
       FROM records
         JOIN stack_runs AS call ON call.id = records.frame
         JOIN stack_runs AS copy ON copy.run = :to AND copy.seq = call.seq
       WHERE records.run = :from AND call.run = :from`,
    );
    this.#unanswered = db.prepare(
      `SELECT seq, service, method, args, options, priority, lane, caused_by, issued_at, status FROM stack_runs
       WHERE run = ? AND seq > 0 AND seq < ? AND status <> 'completed' AND (delivery IS NULL OR delivery >= ?)
       ORDER BY seq`,
    );
    this.#told = db.prepare(
      `SELECT service, method, args, issued_at FROM stack_runs
       WHERE run = ? AND seq > 0 AND status = 'completed' AND (service = 'log' OR (service = 'run' AND method = 'progress'))
       ORDER BY delivery`,
    );
    this.#after = db.prepare("SELECT min(seq) AS seq FROM stack_runs WHERE run = ? AND seq > 0 AND caused_by >= ?");
    this.#setResult = db.prepare(
      `UPDATE stack_runs SET status = 'completed', result = ?, error = NULL
       WHERE run = ? AND seq = ? AND seq > 0 AND delivery IS NOT NULL AND (result IS NULL OR result NOT LIKE '{"$sealed":%')`,
    );
  }

  /** Copies the calls that were answered, with their answers in their order and the rows that they kept. */
  copy({ from, to, before, failuresFrom = NEVER }: SharedPart & { from: number; to: number }): void {
    this.#answered.run({ from, to, before, failuresFrom });
    this.#records.run({ from, to });
  }

  /** The calls that were not answered. */
  unanswered(run: number, { before, failuresFrom = NEVER }: SharedPart): CopiedCall[] {
    return (this.#unanswered.all(run, before, failuresFrom) as Row[]).map((row) => ({
      seq: row.seq as number,
      service: row.service as string,
      method: row.method as string,
      args: row.args as string,
      options: row.options as string | null,
      priority: row.priority as number,
      lane: row.lane === 1,
      causedBy: row.caused_by as number,
      issuedAt: row.issued_at as number,
      hasFailed: row.status === "failed",
    }));
  }

  /** The log lines and the progress that a run's calls have told, in order. */
  told(run: number): Pick<CopiedCall, "service" | "method" | "args" | "issuedAt">[] {
    return (this.#told.all(run) as Row[]).map((row) => ({
      service: row.service as string,
      method: row.method as string,
      args: row.args as string,
      issuedAt: row.issued_at as number,
    }));
  }

  /** The first call that was made after a delivery; undefined when there is none. */
  firstAfter(run: number, delivery: number): number | undefined {
    return (this.#after.get(run, delivery) as Row).seq as number | null ?? undefined;
  }

  /** Puts a result in place of a recorded one; false when none is recorded, or it is a secret. */
  setResult(run: number, seq: number, result: string): boolean {
    return Number(this.#setResult.run(result, run, seq).changes) === 1;
  }
}
