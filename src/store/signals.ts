import type { Database, Row } from "./database.ts";

/** A signal that was sent to a run. `data` is JSON text. */
export interface Signal {
  readonly id: number;
  readonly name: string;
  readonly data: string;
  /** The frame that has it for its result. */
  readonly takenBy: number | null;
  /** The last frame that it did not fit. */
  readonly passedBy: number | null;
}

/** Runs of a chain, the newest ones, that are asked whether they have taken a signal. */
const LINKS = 1_000;

/** The signals: those that no call has taken yet are kept for the next one that fits. Only the engine writes here. */
export class Signals {
  readonly #insert;
  readonly #byId;
  readonly #ofChain;
  readonly #kept;
  readonly #count;
  readonly #take;
  readonly #passOver;
  readonly #handOver;
  readonly #handOn;
  readonly #clear;

  constructor(db: Database) {
    this.#insert = db.prepare("INSERT INTO signals (run, name, data, signal_id, sent_at) VALUES (?, ?, ?, ?, ?)");
    this.#byId = db.prepare("SELECT * FROM signals WHERE run = ? AND signal_id = ?");
    this.#ofChain = db.prepare(
      `SELECT signals.* FROM (SELECT run FROM run_links WHERE chain = ? ORDER BY run DESC LIMIT ${LINKS})
         JOIN signals USING (run) WHERE signal_id = ?`,
    );
    this.#kept = db.prepare(
      "SELECT * FROM signals WHERE run = ? AND name = ? AND taken_by IS NULL AND id > ? ORDER BY id LIMIT 1",
    );
    this.#count = db.prepare("SELECT count(*) AS n FROM signals WHERE run = ? AND taken_by IS NULL");
    this.#take = db.prepare("UPDATE signals SET taken_by = ? WHERE id = ?");
    this.#passOver = db.prepare("UPDATE signals SET passed_by = ? WHERE id = ?");
    this.#handOver = db.prepare("UPDATE signals SET run = ? WHERE run = ? AND taken_by IS NULL");
    this.#handOn = db.prepare(
      `INSERT INTO signals (run, name, data, signal_id, sent_at)
       SELECT :to, name, data, signal_id, sent_at FROM signals
       WHERE run = :from AND (taken_by IS NULL OR taken_by IN (SELECT id FROM stack_runs WHERE run = :from AND seq >= :before))
       ORDER BY id`,
    );
    this.#clear = db.prepare("DELETE FROM signals");
  }

  insert(signal: { run: number; name: string; data: string; signalId: string | null; now: number }): void {
    this.#insert.run(signal.run, signal.name, signal.data, signal.signalId, signal.now);
  }

  /** The signal that its sender calls so; of a run in a chain, also one that a run before it has taken. */
  bySignalId(run: number, chain: string | null, signalId: string): Signal | undefined {
    const found = chain === null ? this.#byId.get(run, signalId) : this.#ofChain.get(chain, signalId);
    const row = found as Row | undefined;
    return row && toSignal(row);
  }

  /** Those of a name that no call has taken, in order of arrival. */
  *kept(run: number, name: string): Generator<Signal> {
    for (let after = 0;;) {
      const row = this.#kept.get(run, name, after) as Row | undefined;
      if (row === undefined) return;
      after = row.id as number;
      yield toSignal(row);
    }
  }

  /** How many of a run no call has taken. */
  countKept(run: number): number {
    return (this.#count.get(run) as Row).n as number;
  }

  take(id: number, frame: number): void {
    this.#take.run(frame, id);
  }

  passOver(id: number, frame: number): void {
    this.#passOver.run(frame, id);
  }

  /** What no call of a run has taken is another one's from now on. */
  handOver(from: number, to: number): void {
    this.#handOver.run(to, from);
  }

  /** Sends a run what was sent to another one and no call before `before` has taken. */
  handOn(params: { from: number; to: number; before: number }): void {
    this.#handOn.run(params);
  }

  clear(): void {
    this.#clear.run();
  }
}

function toSignal(row: Row): Signal {
  return {
    id: row.id as number,
    name: row.name as string,
    data: row.data as string,
    takenBy: row.taken_by as number | null,
    passedBy: row.passed_by as number | null,
  };
}
