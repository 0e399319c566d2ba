import assert from "node:assert/strict";
import { type FaultPlan, faultPlan, FAULTS, runPlan } from "./plan.ts";

/** What a fault is made with, told in advance. */
function told({ dice, ...plan }: FaultPlan) {
  return { ...plan, dice: [dice.next(), dice.next(), dice.next()] };
}

Deno.test("the same seed plans the same runs and the same faults, another seed others", () => {
  const runs = (seed: number) => Array.from({ length: 50 }, (_none, index) => runPlan(seed, index));
  const faults = (seed: number) => Array.from({ length: 50 }, (_none, index) => told(faultPlan(seed, index)));
  assert.deepEqual(runs(5), runs(5));
  assert.deepEqual(faults(5), faults(5));
  assert.notDeepEqual(runs(5), runs(6));
  assert.notDeepEqual(faults(5), faults(6));
});

Deno.test("every fault comes in each round, and every kind of step and meddling within a few hundred runs", () => {
  for (const round of [0, 1, 2]) {
    const names = FAULTS.map((_none, index) => faultPlan(9, round * FAULTS.length + index).name);
    assert.deepEqual(names.toSorted(), FAULTS.toSorted());
  }
  const plans = Array.from({ length: 400 }, (_none, index) => runPlan(9, index));
  const found = new Set(JSON.stringify(plans).match(/"(do|type|by|how)":"\w+"/g));
  for (const step of ["get", "put", "post", "sleep", "record", "row", "log", "all", "race", "loop", "nested"]) {
    assert.ok(found.has(`"do":"${step}"`), step);
  }
  for (const type of ["none", "cancel", "hold", "interrupt"]) assert.ok(found.has(`"type":"${type}"`), type);
  for (const by of ["http", "run", "detached"]) assert.ok(found.has(`"by":"${by}"`), by);
});
