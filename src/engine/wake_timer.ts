import type { Clock } from "../core/clock.ts";

/** Clocks jump and laptops sleep: the wall clock is read again at least this often while something waits, ms. */
const LONGEST_NAP = 60_000;

/** The engine's one timer: set to the earliest time that a frame waits for, and only while one waits. */
export class WakeTimer {
  readonly #clock: Clock;
  readonly #wake: () => void;
  #due: number | undefined;
  #cancel: (() => void) | undefined;

  constructor(params: { clock: Clock; wake: () => void }) {
    this.#clock = params.clock;
    this.#wake = params.wake;
  }

  /** A frame is due then: undefined when none waits. */
  set(due: number | undefined): void {
    if (due === this.#due && (due === undefined || this.#cancel !== undefined)) return;
    this.stop();
    this.#due = due;
    if (due === undefined) return;
    const nap = Math.min(Math.max(0, due - this.#clock.now()), LONGEST_NAP);
    this.#cancel = this.#clock.after(nap, () => {
      this.#cancel = undefined;
      this.#due = undefined;
      this.#wake();
    });
  }

  /** A frame waits until then: wakes no later. */
  noLaterThan(due: number): void {
    if (this.#due === undefined || due < this.#due) this.set(due);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#due = undefined;
  }
}
