import type { Database, Row } from "./database.ts";

/** Who owns the file: its one row is raised at each change of owner and re-read in every write transaction of the engine. */
export class OwnerRow {
  readonly #get;
  readonly #take;
  readonly #leave;
  readonly #epoch;
  readonly #raiseRules;
  #rules = -1;

  constructor(db: Database) {
    this.#get = db.prepare("SELECT epoch, pid, since, at_work FROM owner");
    this.#take = db.prepare("UPDATE owner SET epoch = epoch + 1, pid = ?, since = ?, at_work = 1 RETURNING epoch");
    this.#leave = db.prepare("UPDATE owner SET at_work = 0 WHERE epoch = ?");
    this.#epoch = db.prepare("SELECT epoch, rules FROM owner");
    this.#raiseRules = db.prepare("UPDATE owner SET rules = rules + 1 RETURNING rules");
  }

  /** `atWork` found true by a new owner: the one before has died. */
  read(): { epoch: number; pid: number; since: number; atWork: boolean } {
    const row = this.#get.get() as Row;
    return {
      epoch: row.epoch as number,
      pid: row.pid as number,
      since: row.since as number,
      atWork: row.at_work === 1,
    };
  }

  /** The new owner's epoch. */
  take(pid: number, now: number): number {
    return (this.#take.get(pid, now) as Row).epoch as number;
  }

  leave(epoch: number): void {
    this.#leave.run(epoch);
  }

  epoch(): number {
    const row = this.#epoch.get() as Row;
    this.#rules = row.rules as number;
    return row.epoch as number;
  }

  /** How often the rules for outgoing calls have been changed, as `epoch` has last found it. */
  get rules(): number {
    return this.#rules;
  }

  /** Part of every transaction that changes rules; gives a number that was never given before. */
  raiseRules(): number {
    return (this.#raiseRules.get() as Row).rules as number;
  }
}
