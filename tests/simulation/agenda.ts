import type { Dice } from "../../src/workspace/dice.ts";

/** Something that may happen next. It belongs to a process and never happens when that has died. */
export interface Coming {
  readonly what: string;
  readonly owner: object;
  happen(): void | Promise<void>;
}

/** Everything that may happen next: which of it does is the seed's choice. */
export class Agenda {
  #coming: Coming[] = [];

  get size(): number {
    return this.#coming.length;
  }

  add(coming: Coming): void {
    this.#coming.push(coming);
  }

  /** Takes one out: any by chance, without dice the one that has waited longest. */
  take(dice: Dice | undefined): Coming {
    const [taken] = this.#coming.splice(dice === undefined ? 0 : dice.between(0, this.#coming.length), 1);
    if (taken === undefined) throw new Error("nothing is to come");
    return taken;
  }

  forget(owner: object): void {
    this.#coming = this.#coming.filter((coming) => coming.owner !== owner);
  }
}
