import type { Dice } from "../../src/workspace/dice.ts";

/** Something that an errand does. Calls fail in their own ways: `get` and `put` may be repeated, `post` may not. */
export type Step =
  | { readonly do: "get" | "put" | "post" }
  | { readonly do: "sleep"; readonly ms: number; readonly how: "timer" | "setTimeout" }
  | { readonly do: "record"; readonly rows: number; readonly awaited: boolean }
  | { readonly do: "row" }
  | { readonly do: "log" }
  | { readonly do: "signal"; readonly timeout: number }
  | { readonly do: "all" | "race"; readonly parts: readonly Block[] }
  | { readonly do: "loop"; readonly times: number; readonly body: Block }
  /** In a run that is nested in it, or in one that it starts and whose result it waits for. */
  | { readonly do: "nested" | "started"; readonly body: Block }
  /** What follows is done by the run that it continues as. */
  | { readonly do: "continue" };
export type Block = readonly Step[];

const SIMPLE = [
  "get",
  "get",
  "get",
  "put",
  "put",
  "post",
  "sleep",
  "record",
  "record",
  "row",
  "log",
  "signal",
] as const;
const GROUPS = ["all", "all", "race", "loop", "nested", "nested", "started"] as const;
/** How often a run continues as another one. */
const CONTINUES = 0.15;
/** How deep groups stand in groups. */
const DEPTH = 2;

/** A random errand: short ones mostly, now and then a long sequence or many calls at once. */
export function programOf(dice: Dice): Block {
  if (dice.chance(0.06)) return [{ do: "loop", times: dice.between(10, 40), body: [{ do: "get" }] }, { do: "log" }];
  if (dice.chance(0.06)) {
    const parts = Array.from({ length: dice.between(8, 30) }, () => [step(dice, 0)]);
    return [{ do: "all", parts }, { do: "record", rows: 1, awaited: true }];
  }
  return ofOneRun(dice, { depth: DEPTH, longest: 6 });
}

function ofOneRun(dice: Dice, params: { depth: number; longest: number }): Block {
  const steps = block(dice, params);
  return dice.chance(CONTINUES) ? [...steps, { do: "continue" }, ...block(dice, params)] : steps;
}

function block(dice: Dice, params: { depth: number; longest: number }): Block {
  return Array.from({ length: dice.between(1, params.longest) }, () => step(dice, params.depth));
}

function step(dice: Dice, depth: number): Step {
  if (depth > 0 && dice.chance(0.3)) return group(dice, depth - 1);
  const what = dice.pick(SIMPLE);
  switch (what) {
    case "sleep":
      return { do: what, ms: dice.between(1, 1_500), how: dice.pick(["timer", "setTimeout"]) };
    case "signal":
      return { do: what, timeout: dice.between(500, 4_000) };
    case "record":
      return { do: what, rows: dice.between(1, 4), awaited: dice.chance(0.6) };
    default:
      return { do: what };
  }
}

function group(dice: Dice, depth: number): Step {
  const body = () => block(dice, { depth, longest: 4 });
  const what = dice.pick(GROUPS);
  switch (what) {
    case "loop":
      return { do: what, times: dice.between(2, 5), body: body() };
    case "nested":
    case "started":
      return { do: what, body: ofOneRun(dice, { depth, longest: 4 }) };
    default:
      return { do: what, parts: Array.from({ length: dice.between(2, 5) }, body) };
  }
}
