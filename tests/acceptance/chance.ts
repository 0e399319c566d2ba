/** Seeded chance: a failure is repeated with `TASKER_TEST_SEED=<the seed it printed>`. */
export class Chance {
  readonly seed: number;
  #state: number;

  constructor(what: string) {
    const given = Deno.env.get("TASKER_TEST_SEED");
    this.seed = given === undefined ? crypto.getRandomValues(new Uint32Array(1))[0]! : Number(given);
    this.#state = this.seed;
    console.log(`${what}: TASKER_TEST_SEED=${this.seed}`);
  }

  /** 0 ≤ x < 1; mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }
}
