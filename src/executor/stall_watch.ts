import { BEAT, FreezeMeter } from "./freeze_meter.ts";
import type { Isolate } from "./isolate.ts";

/**
 * Watches isolates that owe an answer. A turn is bounded from inside (`tickTimeout`), except while it is in one native
 * call, which nothing interrupts: such a Worker is silent, and is given up after `nativeStallTimeout`. This is about the
 * machine, so it is kept in machine time whatever clock the engine runs on; it beats only while an answer is owed.
 */
export class StallWatch {
  readonly #nativeStallTimeout: number;
  readonly #meter = new FreezeMeter();
  /** When the isolate was last heard of or asked, and what had been lost by then, ms. */
  readonly #expected = new Map<Isolate, { since: number; lostBefore: number }>();
  #beating: ReturnType<typeof setInterval> | undefined;

  constructor(nativeStallTimeout: number) {
    this.#nativeStallTimeout = nativeStallTimeout;
  }

  /** Time that the process has lost so far (stopped, asleep), ms. */
  lost(): number {
    return this.#meter.lost(performance.now());
  }

  /** The isolate owes an answer from now on. */
  expect(isolate: Isolate): void {
    const now = performance.now();
    const entry = this.#expected.get(isolate);
    const lostBefore = this.#meter.lost(now);
    if (entry === undefined) this.#expected.set(isolate, { since: now, lostBefore });
    else Object.assign(entry, { since: now, lostBefore });
    if (this.#beating !== undefined) return;
    this.#meter.beat(now);
    this.#beating = setInterval(() => this.#beat(), BEAT);
  }

  /** The isolate owes nothing any more. */
  forget(isolate: Isolate): void {
    this.#expected.delete(isolate);
  }

  stop(): void {
    this.#expected.clear();
    this.#pause();
  }

  #pause(): void {
    clearInterval(this.#beating);
    this.#beating = undefined;
    this.#meter.pause();
  }

  #beat(): void {
    const now = performance.now();
    this.#meter.beat(now);
    // The interval outlives the last answer by a beat, so that a busy executor does not start one per call.
    if (this.#expected.size === 0) return this.#pause();
    for (const [isolate, { since, lostBefore }] of this.#expected) {
      const silent = now - since - (this.#meter.lost(now) - lostBefore);
      if (silent > this.#nativeStallTimeout) isolate.abandon();
    }
  }
}
