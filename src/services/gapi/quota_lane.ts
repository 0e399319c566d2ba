import { earliestFit, QuotaWindow } from "./quota_window.ts";

/** A place in the queue of one quota. */
interface Booking {
  readonly ticket: string;
  at: number;
  cost: number;
}

/** A booked call that did not come back for this long (ms) after its time loses its place. */
const LATE = 10_000;
/** Between two calls that wait for the same quota (ms), so that they do not return all at once. */
const SLOT = 20;

/**
 * One quota: what was spent of it, who waits for it in which order, and until when its server refuses.
 *
 * The calls of one user are served in turn: room that a waiting call was promised is kept for it. The calls of a project are told turns so
 * that they do not return all at once, but room goes to whoever is there: a call may be held up by its user's quota when its turn comes.
 */
export class QuotaLane {
  readonly #limit: number;
  readonly #inTurn: boolean;
  readonly #window = new QuotaWindow();
  /** In order of arrival. */
  #bookings: Booking[] = [];
  #parkedUntil = 0;
  #parkedReason = "quota";
  #refusals = 0;

  constructor(params: { limit: number; inTurn: boolean }) {
    this.#limit = params.limit;
    this.#inTurn = params.inTurn;
  }

  /** When a call may send its next request: after those that wait before it, and when there is room. */
  earliest(params: { now: number; cost: number; ticket: string }): number {
    const { now } = params;
    const cost = Math.min(params.cost, this.#limit);
    const before = this.#before(params.ticket, now);
    const start = Math.max(now, this.#parkedUntil);
    const lastBooked = before.reduce((last, booking) => Math.max(last, booking.at), 0);
    if (this.#limit === Infinity) return start > now ? Math.max(start, lastBooked + SLOT) : now;
    const kept = this.#inTurn ? before.reduce((sum, booking) => sum + booking.cost, 0) : 0;
    if (start === now && this.#window.used(now) + kept + cost <= this.#limit) return now;
    if (before.length === 0) return earliestFit({ spends: this.#window.spends(now), start, cost, limit: this.#limit });
    const spends = [...this.#window.spends(now), ...before.map(({ at, cost }) => ({ at: Math.max(at, now), cost }))];
    return earliestFit({ spends, start: Math.max(start, lastBooked + SLOT), cost, limit: this.#limit });
  }

  /** Counts a request that is sent now. A call that had a place keeps it for what it wants next. */
  spend(params: { now: number; cost: number; ahead: number; ticket: string }): void {
    this.#window.begin(params.cost);
    const own = this.#bookings.find((booking) => booking.ticket === params.ticket);
    if (own === undefined) return;
    if (params.ahead === 0 || !this.#inTurn) this.release(params.ticket);
    else {
      own.at = params.now;
      own.cost = params.ahead;
    }
  }

  settle(cost: number, now: number): void {
    this.#window.settle(cost, now);
  }

  recall({ cost, at }: { cost: number; at: number }): void {
    this.#window.begin(cost);
    this.#window.settle(cost, at);
  }

  /** Keeps a place at `at` (ms); a call that had one keeps its turn. */
  book(params: { at: number; cost: number; ticket: string }): void {
    const own = this.#bookings.find((booking) => booking.ticket === params.ticket);
    if (own !== undefined) {
      own.at = params.at;
      own.cost = params.cost;
    } else {
      this.#bookings.push({ ...params });
    }
  }

  release(ticket: string): void {
    this.#bookings = this.#bookings.filter((booking) => booking.ticket !== ticket);
  }

  park(until: number, reason: string): void {
    if (until <= this.#parkedUntil) return;
    this.#parkedUntil = until;
    this.#parkedReason = reason;
  }

  isParked(now: number): boolean {
    return this.#parkedUntil > now;
  }

  /** What calls wait for. */
  reason(now: number): string {
    return this.#parkedUntil > now ? this.#parkedReason : "quota";
  }

  /** How many refusals in a row came before this one. */
  countRefusal(): number {
    return this.#refusals++;
  }

  clearRefusals(): void {
    this.#refusals = 0;
  }

  idle(now: number): boolean {
    this.#dropLate(now);
    return this.#window.used(now) === 0 && this.#bookings.length === 0 && this.#parkedUntil <= now;
  }

  #before(ticket: string, now: number): readonly Booking[] {
    this.#dropLate(now);
    const own = this.#bookings.findIndex((booking) => booking.ticket === ticket);
    return own < 0 ? this.#bookings : this.#bookings.slice(0, own);
  }

  #dropLate(now: number): void {
    if (this.#bookings.some((booking) => booking.at + LATE < now)) {
      this.#bookings = this.#bookings.filter((booking) => booking.at + LATE >= now);
    }
  }
}
