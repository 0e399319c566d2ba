import type { Dice } from "../../../src/workspace/dice.ts";
import type { Bed } from "../bed.ts";

/**
 * A way to do harm. Whatever it needs of chance comes from the dice, so that a seed repeats it. Names of runs that it
 * starts begin with `name`.
 */
export interface Fault {
  /** Why it cannot be made on this machine; undefined when it can. */
  impossible(bed: Bed): string | undefined;
  /** Makes it, and undoes what does not undo itself. Gives a line about what happened. */
  strike(bed: Bed, dice: Dice, name: string): Promise<string>;
}
