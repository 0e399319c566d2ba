import type { Dice } from "../../src/workspace/dice.ts";
import { MOST_UNITS } from "./outside_world.ts";
import type { PlannedBudget } from "./watched_budgets.ts";

/** What may happen to the owners and runs of a schedule. */
export const DISTURBANCES = [
  "kill",
  "last commit",
  "refused commit",
  "refused part",
  "takeover",
  "stop",
  "hold",
  "resume",
  "cancel",
  "signal",
  "budget",
  "jump",
  "stall",
  "loss",
] as const;
export type Disturbance = typeof DISTURBANCES[number];

/** The circumstances of a schedule. */
export interface Plan {
  readonly kind: "steady" | "racing";
  /** Nothing is disturbed or delayed, and everything happens in order. */
  readonly calm: boolean;
  readonly runs: readonly string[];
  /** Those that are set before anything is submitted. */
  readonly budgets: readonly PlannedBudget[];
  readonly disturbances: number;
  /** Each schedule has its own mixture. */
  readonly kinds: readonly Disturbance[];
  readonly lostNudges: number;
  readonly lanes: number;
  readonly maxRealms: number;
}

export function calmPlan(kind: Plan["kind"]): Plan {
  const runs = ["a", "b"];
  return {
    kind,
    calm: true,
    runs,
    budgets: [],
    disturbances: 0,
    kinds: [],
    lostNudges: 0,
    lanes: 32,
    maxRealms: 1_000,
  };
}

export function drawPlan(kind: Plan["kind"], dice: Dice): Plan {
  return {
    kind,
    calm: false,
    runs: dice.chance(0.6) ? ["a"] : ["a", "b"],
    budgets: dice.chance(0.3) ? BUDGETS.filter(() => dice.chance(0.6)).map((name) => drawBudget(name, dice)) : [],
    disturbances: dice.between(0, 7),
    kinds: DISTURBANCES.filter((kind) => dice.chance(kind === "cancel" ? 0.1 : 0.5)),
    lostNudges: dice.pick([0, 0, 0.1, 0.5]),
    lanes: dice.pick([1, 2, 32]),
    maxRealms: dice.pick([1, 2, 1_000]),
  };
}

const BUDGETS = ["one", "other"] as const;

/** A small one. */
export function drawBudget(name: PlannedBudget["name"], dice: Dice): PlannedBudget {
  const measure = dice.pick(["calls", "calls", "units"] as const);
  const limit = measure === "units" ? dice.between(MOST_UNITS, 20) : dice.between(1, 6);
  return { name, measure, limit, per: dice.pick(["run", "day"]), keys: dice.pick(["*", "*", "a*", "*1*"]) };
}
