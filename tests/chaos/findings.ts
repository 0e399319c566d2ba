/** What must hold, whatever happened. */
export const PROMISES = {
  ends: "every run ends as it should, the held ones after they are resumed",
  results: "every result is what the answers of the service imply",
  order: "seqs and deliveries are unique and without a gap",
  once: "every result is recorded once, and is one that the service gave",
  again: "no call is made again after its result was recorded",
  commit: "no call is made that is not in the journal, and none twice that must not be repeated",
  causality: "a call that depends on a result is made after that result is recorded",
  records: "records are exact: none doubled, none missing",
  tables: "rows of database tables are exact: none doubled, none missing",
  signals: "signals are exact: none lost that was acknowledged, none taken twice",
  limits: "no more runs of a task are under way than its limits allow",
  logs: "log lines are exact: none doubled, none missing",
  owner: "the file has one owner at a time",
  waiting: "who comes second waits as a client, and says so",
  word: "what was acknowledged stays so: submitted, cancelled, held",
  processes: "processes end as they must, with the right words",
  policy: "what a person must approve has left only when they have",
  budgets: "no more has left than a budget allows, and whatever has left is counted",
  room: "no call waits for room in a budget that has room",
  ledger: "every call that the service got is in the ledger, whose pages are as they were written",
  audit: "every run has its entry in the audit log, and its end has one",
  file: "the file is sound",
} as const;
export type Promised = keyof typeof PROMISES;

/** Where a promise was found broken. */
export class Findings {
  readonly #broken = new Map<Promised, string[]>();

  /** `message` names the run and seq, or the process. */
  report(promised: Promised, message: string): void {
    const known = this.#broken.get(promised) ?? [];
    this.#broken.set(promised, [...known, message]);
  }

  of(promised: Promised): readonly string[] {
    return this.#broken.get(promised) ?? [];
  }

  get broken(): ReadonlyMap<Promised, readonly string[]> {
    return this.#broken;
  }

  /** Promises found broken. */
  get failed(): number {
    return this.#broken.size;
  }

  get passed(): number {
    return Object.keys(PROMISES).length - this.failed;
  }
}
