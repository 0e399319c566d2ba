import type { RequestKind } from "./faults.ts";
import type { QuotaPeaks } from "./quota.ts";

/** What was asked of the Workspace and what it answered, for assertions. */

export type KindCounts = Partial<Record<RequestKind, number>>;

export interface UserCounts {
  served: KindCounts;
  /** Answered with an error, whatever its cause. */
  refused: KindCounts;
  /** Ended without an answer. */
  dropped: KindCounts;
}

export interface Counters {
  /** Requests of every kind; those for paths that do not exist are not counted. */
  requests: number;
  tokensIssued: number;
  /** Over all users. */
  total: UserCounts;
  /** By primary address; requests without a known token are under "". */
  users: Record<string, UserCounts>;
  /** How often each message was served by `messages.get`, by `address/id`. */
  messageGets: Record<string, number>;
  /** HTTP statuses of all answers. */
  statuses: Record<string, number>;
  /** The most quota units in any 60 s, and the most requests of a user at one moment. */
  peaks: QuotaPeaks;
}

export type CountedOutcome = "served" | "refused" | "dropped";

function emptyCounts(): UserCounts {
  return { served: {}, refused: {}, dropped: {} };
}

function addTo(counts: UserCounts, outcome: CountedOutcome, kind: RequestKind): void {
  counts[outcome][kind] = (counts[outcome][kind] ?? 0) + 1;
}

export class CounterBook {
  #requests = 0;
  #total = emptyCounts();
  readonly #users = new Map<string, UserCounts>();
  readonly #gets = new Map<string, number>();
  readonly #statuses = new Map<number, number>();

  arrived(): void {
    this.#requests++;
  }

  /** Counts an answer given (or not given, for `dropped`). */
  answered(user: string | undefined, kind: RequestKind, outcome: CountedOutcome, status?: number): void {
    const key = user ?? "";
    let counts = this.#users.get(key);
    if (counts === undefined) this.#users.set(key, counts = emptyCounts());
    addTo(counts, outcome, kind);
    addTo(this.#total, outcome, kind);
    if (status !== undefined) this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
  }

  messageServed(user: string, id: string): void {
    const key = `${user}/${id}`;
    this.#gets.set(key, (this.#gets.get(key) ?? 0) + 1);
  }

  reset(): void {
    this.#requests = 0;
    this.#total = emptyCounts();
    this.#users.clear();
    this.#gets.clear();
    this.#statuses.clear();
  }

  /** A copy that does not change any more. */
  snapshot(more: { tokensIssued: number; peaks: QuotaPeaks }): Counters {
    return structuredClone({
      requests: this.#requests,
      tokensIssued: more.tokensIssued,
      total: this.#total,
      users: Object.fromEntries(this.#users),
      messageGets: Object.fromEntries(this.#gets),
      statuses: Object.fromEntries(this.#statuses),
      peaks: more.peaks,
    });
  }
}
