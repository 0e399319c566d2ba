/** How often the host looks at its own clock while an isolate owes an answer, ms. */
export const BEAT = 250;
/** A gap between two beats that is longer than this was not ours to spend, ms. */
const LONGEST_GAP = 1_000;

/**
 * Measures time that the whole process lost (stopped, asleep, starved): the host beats regularly while it watches, and a
 * beat that comes far too late shows how much was lost. Such time counts against no run.
 */
export class FreezeMeter {
  #lost = 0;
  #lastBeat: number | undefined;

  /** `now` in ms of a monotonic clock. */
  beat(now: number): void {
    this.#lost += this.#gap(now);
    this.#lastBeat = now;
  }

  /** Nobody beats until the next `beat`. */
  pause(): void {
    this.#lastBeat = undefined;
  }

  /** Time lost since the meter was made, with that of the gap that goes on at this moment, ms. */
  lost(now: number): number {
    return this.#lost + this.#gap(now);
  }

  #gap(now: number): number {
    const gap = this.#lastBeat === undefined ? 0 : now - this.#lastBeat;
    return gap > LONGEST_GAP ? gap - BEAT : 0;
  }
}
