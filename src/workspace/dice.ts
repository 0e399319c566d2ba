/** Seeded chance: the same seed gives the same Workspace, fault for fault and mail for mail. */

function mix(hash: number, value: number): number {
  let h = Math.imul(hash ^ value, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A 32-bit hash of numbers and strings; good spread, no secrecy. */
export function hash32(...parts: readonly (number | string)[]): number {
  let h = 0x9747b28c;
  for (const part of parts) {
    if (typeof part === "number") {
      h = mix(h, part >>> 0);
      continue;
    }
    for (let at = 0; at < part.length; at++) h = Math.imul(h ^ part.charCodeAt(at), 0x01000193);
    h = mix(h, part.length);
  }
  return h;
}

/** A stream of chance that starts at a hash (mulberry32). */
export class Dice {
  #state: number;

  constructor(...parts: readonly (number | string)[]) {
    this.#state = hash32(...parts);
  }

  /** At least 0, below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** A whole number of at least `from`, below `to`. */
  between(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.between(0, choices.length)]!;
  }
}
