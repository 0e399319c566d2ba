/** Time is passed in everywhere, so that tests move it instead of sleeping. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
  /** Calls `wake` once after `delay` ms; the returned function cancels it. */
  after(delay: number, wake: () => void): () => void;
}

/** A timer of over 2³¹ ms fires at once; nothing here may wait longer than this (ms). */
export const LONGEST_TIMER = 2 ** 31 - 1;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delay, wake) {
    const timer = setTimeout(wake, Math.min(Math.max(0, delay), LONGEST_TIMER));
    return () => clearTimeout(timer);
  },
};

/** A clock that stands still until it is moved. */
export class VirtualClock implements Clock {
  #now: number;
  #waiting: { at: number; wake: () => void }[] = [];

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(delay: number, wake: () => void): () => void {
    const entry = { at: this.#now + Math.max(0, delay), wake };
    this.#waiting.push(entry);
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== entry);
    };
  }

  /** When the next waiter is due, or undefined when nobody waits. */
  nextWake(): number | undefined {
    return this.#waiting.length === 0 ? undefined : Math.min(...this.#waiting.map((entry) => entry.at));
  }

  /** Moves the clock forward by `ms` and wakes everyone who is due, in order of time. */
  advance(ms: number): void {
    const target = this.#now + ms;
    for (let next = this.nextWake(); next !== undefined && next <= target; next = this.nextWake()) {
      const entry = this.#waiting.find((candidate) => candidate.at === next)!;
      this.#waiting = this.#waiting.filter((other) => other !== entry);
      this.#now = Math.max(this.#now, next);
      entry.wake();
    }
    this.#now = target;
  }
}
