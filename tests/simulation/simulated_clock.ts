import type { Clock } from "../../src/core/clock.ts";

const START = Date.UTC(2026, 0, 1);

interface Timer {
  /** Elapsed ms at which it fires. */
  readonly at: number;
  readonly owner: object;
  readonly wake: () => void;
}

/**
 * Time as a machine has it: what elapses, which timers go by, and what the wall clock shows, which may jump. Nothing
 * elapses by itself: time is what passes until the next timer when somebody lets it fire.
 */
export class SimulatedClock {
  #elapsed = 0;
  #jumped = 0;
  #timers: Timer[] = [];

  /** ms since the clock was made; never goes back. */
  get elapsed(): number {
    return this.#elapsed;
  }

  /** What the wall clock shows, ms. */
  now(): number {
    return START + this.#elapsed + this.#jumped;
  }

  /** Timers that are set. */
  get timers(): number {
    return this.#timers.length;
  }

  /** When the next timer fires, in elapsed ms. */
  get next(): number | undefined {
    return this.#timers[0]?.at;
  }

  /** The clock of one process: its timers end with it. */
  of(owner: object): Clock {
    return { now: () => this.now(), after: (delay, wake) => this.#set(delay, wake, owner) };
  }

  /** The wall clock is set forward or back by `ms`. */
  jump(ms: number): void {
    this.#jumped += ms;
  }

  /** Lets time pass until the next timer and fires it. */
  fireNext(): void {
    const timer = this.#timers.shift();
    if (timer === undefined) throw new Error("no timer is set");
    this.#elapsed = timer.at;
    timer.wake();
  }

  /** The process has died, and its timers with it. */
  forget(owner: object): void {
    this.#timers = this.#timers.filter((timer) => timer.owner !== owner);
  }

  #set(delay: number, wake: () => void, owner: object): () => void {
    const timer: Timer = { at: this.#elapsed + Math.max(0, delay), wake, owner };
    const later = this.#timers.findIndex((other) => other.at > timer.at);
    this.#timers.splice(later === -1 ? this.#timers.length : later, 0, timer);
    return () => {
      const at = this.#timers.indexOf(timer);
      if (at !== -1) this.#timers.splice(at, 1);
    };
  }
}
