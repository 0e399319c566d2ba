import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";

/** What can be done with a statement of the file. */
export type Statement = Pick<StatementSync, "all" | "get" | "iterate" | "run" | "setReadBigInts">;

/**
 * A statement that SQLite reads when it is used first: to read all that the table classes have takes longer than what most
 * commands ask for. `failed` gives the error to throw when SQLite cannot make sense of it.
 */
export class LateStatement implements Statement {
  readonly #db: DatabaseSync;
  readonly #sql: string;
  readonly #failed: (error: unknown) => unknown;
  #made: StatementSync | undefined;

  constructor(db: DatabaseSync, sql: string, failed: (error: unknown) => unknown) {
    this.#db = db;
    this.#sql = sql;
    this.#failed = failed;
  }

  get #statement(): StatementSync {
    return this.#made ??= this.#make();
  }

  #make(): StatementSync {
    try {
      return this.#db.prepare(this.#sql);
    } catch (error) {
      throw this.#failed(error);
    }
  }

  // Values, or an object of named ones and then values: as with a StatementSync.
  all(...values: unknown[]) {
    return this.#statement.all(...values as SQLInputValue[]);
  }

  get(...values: unknown[]) {
    return this.#statement.get(...values as SQLInputValue[]);
  }

  run(...values: unknown[]) {
    return this.#statement.run(...values as SQLInputValue[]);
  }

  iterate(...values: unknown[]) {
    return this.#statement.iterate(...values as SQLInputValue[]);
  }

  setReadBigInts(enabled: boolean): void {
    this.#statement.setReadBigInts(enabled);
  }
}
