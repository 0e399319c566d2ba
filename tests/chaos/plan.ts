import { Dice } from "../../src/workspace/dice.ts";
import { type Block, programOf } from "./program.ts";

/** All that chance decides, in order: the same seed gives the same runs and the same faults, whatever their timing. */

/** What is done with a run while it is at work. Times in ms after it was submitted. */
export type Meddling =
  | { readonly type: "none" }
  | { readonly type: "cancel"; readonly after: number }
  | { readonly type: "hold"; readonly after: number; readonly for: number }
  /** Ctrl-C at the terminal of its `tasker run`. */
  | { readonly type: "interrupt"; readonly after: number };

export interface RunPlan {
  readonly name: string;
  readonly steps: Block;
  /** Over HTTP, or by a process of its own that follows it or leaves it. */
  readonly by: "http" | "run" | "detached";
  readonly meddling: Meddling;
}

export function runPlan(seed: number, index: number): RunPlan {
  const dice = new Dice(seed, "run", index);
  const by = index % 30 === 11 ? "run" : index % 60 === 25 ? "detached" : "http";
  return { name: `r${index}`, steps: programOf(dice), by, meddling: meddling(dice, by) };
}

function meddling(dice: Dice, by: RunPlan["by"]): Meddling {
  const after = dice.between(0, 1_500);
  const long = dice.between(100, 3_000);
  if (by === "run") return dice.chance(0.3) ? { type: "interrupt", after } : { type: "none" };
  if (by === "detached") return { type: "none" };
  if (dice.chance(0.06)) return { type: "cancel", after };
  if (dice.chance(0.08)) return { type: "hold", after, for: long };
  return { type: "none" };
}

export const FAULTS = [
  "kill",
  "kill",
  "takeover",
  "freeze",
  "full disk",
  "clock",
  "cut off owner",
  "cut loopback",
  "deaths at start",
  "orderly stop",
] as const;
export type FaultName = typeof FAULTS[number];

export interface FaultPlan {
  readonly name: FaultName;
  /** Undisturbed time before it, ms. */
  readonly pause: number;
  /** Where what else it needs comes from. */
  readonly dice: Dice;
}

/** Every fault comes once in each round, in an order of chance. */
export function faultPlan(seed: number, index: number): FaultPlan {
  const round = [...FAULTS];
  const order = new Dice(seed, "round", Math.floor(index / FAULTS.length));
  for (let at = round.length - 1; at > 0; at--) {
    const other = order.between(0, at + 1);
    [round[at], round[other]] = [round[other]!, round[at]!];
  }
  const dice = new Dice(seed, "fault", index);
  return { name: round[index % FAULTS.length]!, pause: dice.between(200, 2_000), dice };
}
