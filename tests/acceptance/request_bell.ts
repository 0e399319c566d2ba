import { type Clock, systemClock } from "../../src/core/clock.ts";

/**
 * A local Workspace's clock that tells of requests: with a latency, each one waits on the clock right before its answer.
 * So a test can act at the moment of the n-th request without asking for it again and again.
 */
export class RequestBell implements Clock {
  #heard = 0;
  #open = 0;
  readonly #waiting = new Map<() => void, number>();
  #idle: (() => void)[] = [];

  now(): number {
    return systemClock.now();
  }

  after(delay: number, wake: () => void): () => void {
    this.#heard++;
    this.#open++;
    for (const [tell, at] of this.#waiting) {
      if (this.#heard < at) continue;
      this.#waiting.delete(tell);
      tell();
    }
    return systemClock.after(delay, () => {
      wake();
      if (--this.#open > 0) return;
      for (const tell of this.#idle.splice(0)) tell();
    });
  }

  /** Settles at the `count`-th request from now. */
  rings(count: number): Promise<void> {
    return new Promise((resolve) => this.#waiting.set(resolve, this.#heard + count));
  }

  /** Settles when no request is being answered: then the Workspace's counters stand still, unless somebody asks more. */
  async quiet(): Promise<void> {
    while (this.#open > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    // The answers are counted in the turn of the event loop that follows.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}
