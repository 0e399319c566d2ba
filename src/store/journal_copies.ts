import type { Database, Row } from "./database.ts";
import type { StackRun } from "./stack_runs.ts";

/** A call as it is copied, or made again. */
export type CopiedCall =
  & Pick<StackRun, "seq" | "service" | "method" | "args" | "options" | "priority" | "lane" | "issuedAt">
  & { readonly causedBy: number };

/** One run's journal up to a call, for another run. */
export class JournalCopies {
  readonly #answered;
  readonly #records;
  readonly #unanswered;
  readonly #told;
  readonly #afterAnswer;
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
       WHERE run = :from AND seq > 0 AND seq < :before AND (delivery IS NOT NULL OR status = 'completed')`,
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
      `SELECT seq, service, method, args, options, priority, lane, caused_by, issued_at FROM stack_runs
       WHERE run = ? AND seq > 0 AND seq < ? AND delivery IS NULL AND status <> 'completed' ORDER BY seq`,
    );
    this.#told = db.prepare(
      `SELECT service, method, args, issued_at FROM stack_runs
       WHERE run = ? AND seq > 0 AND status = 'completed' AND (service = 'log' OR (service = 'run' AND method = 'progress'))
       ORDER BY delivery`,
    );
    this.#afterAnswer = db.prepare(
      `SELECT min(seq) AS seq FROM stack_runs
       WHERE run = :run AND caused_by >= (SELECT delivery FROM stack_runs WHERE run = :run AND seq = :seq)`,
    );
    this.#setResult = db.prepare(
      `UPDATE stack_runs SET status = 'completed', result = ?, error = NULL
       WHERE run = ? AND seq = ? AND seq > 0 AND delivery IS NOT NULL AND (result IS NULL OR result NOT LIKE '{"$sealed":%')`,
    );
  }

  /** Copies the calls before `before` that were answered, with their answers in their order and the rows that they kept. */
  copy(params: { from: number; to: number; before: number }): void {
    this.#answered.run(params);
    this.#records.run({ from: params.from, to: params.to });
  }

  /** The calls before `before` that were not answered. */
  unanswered(run: number, before: number): CopiedCall[] {
    return (this.#unanswered.all(run, before) as Row[]).map((row) => ({
      seq: row.seq as number,
      service: row.service as string,
      method: row.method as string,
      args: row.args as string,
      options: row.options as string | null,
      priority: row.priority as number,
      lane: row.lane === 1,
      causedBy: row.caused_by as number,
      issuedAt: row.issued_at as number,
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

  /** The first call that was made after a call was answered; undefined when there is none. */
  firstAfterAnswer(run: number, seq: number): number | undefined {
    return (this.#afterAnswer.get({ run, seq }) as Row).seq as number | null ?? undefined;
  }

  /** Puts a result in place of a recorded one; false when none is recorded, or it is a secret. */
  setResult(run: number, seq: number, result: string): boolean {
    return Number(this.#setResult.run(result, run, seq).changes) === 1;
  }
}
