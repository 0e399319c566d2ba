/** The length of Google's quota windows, ms; one more, so that no server that counts both ends sees too much. */
export const WINDOW = 60_001;

export interface Spend {
  /** ms */
  readonly at: number;
  readonly cost: number;
}

/**
 * What was spent in the last 60 s. A request counts from before it is sent until 60 s after it was answered: wherever in between the
 * server counted it, no sliding window of the server's holds more than the limit.
 */
export class QuotaWindow {
  #spends: { at: number; cost: number }[] = [];
  /** Index of the oldest spend that counts; those before it are dropped now and then. */
  #head = 0;
  #settled = 0;
  #inFlight = 0;
  #latest = 0;

  /** Units that count now. */
  used(now: number): number {
    this.#forget(now);
    return this.#settled + this.#inFlight;
  }

  begin(cost: number): void {
    this.#inFlight += cost;
  }

  settle(cost: number, now: number): void {
    this.#forget(now);
    this.#inFlight -= cost;
    this.#settled += cost;
    const last = this.#spends.at(-1);
    if (last !== undefined && last.at === now) last.cost += cost;
    else this.#spends.push({ at: now, cost });
  }

  /** What counts now, oldest first; requests in flight count as answered now. */
  spends(now: number): Spend[] {
    this.#forget(now);
    const spends: Spend[] = this.#spends.slice(this.#head);
    if (this.#inFlight > 0) spends.push({ at: now, cost: this.#inFlight });
    return spends;
  }

  #forget(now: number): void {
    // A wall clock that was set back would otherwise keep spends for as long as it was set back.
    if (now < this.#latest) { for (const spend of this.#spends) spend.at = Math.min(spend.at, now); }
    this.#latest = now;
    while (this.#head < this.#spends.length && this.#spends[this.#head]!.at <= now - WINDOW) {
      this.#settled -= this.#spends[this.#head]!.cost;
      this.#head++;
    }
    if (this.#head > 1_000 || this.#head === this.#spends.length) {
      this.#spends = this.#spends.slice(this.#head);
      this.#head = 0;
    }
  }
}

/** The earliest moment from `start` on when `cost` more fits under `limit` besides `spends` (oldest first, none after `start`). */
export function earliestFit(params: { spends: readonly Spend[]; start: number; cost: number; limit: number }): number {
  const room = params.limit - Math.min(params.cost, params.limit);
  let at = params.start;
  let used = 0;
  for (const spend of params.spends) used += spend.at > at - WINDOW ? spend.cost : 0;
  for (const spend of params.spends) {
    if (used <= room) break;
    if (spend.at <= params.start - WINDOW) continue;
    at = Math.max(at, spend.at + WINDOW);
    used -= spend.cost;
  }
  return at;
}
