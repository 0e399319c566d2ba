import assert from "node:assert/strict";
import { openBench } from "./bench.ts";
import { blockedBy, budgetAwaited, type KeptBudget } from "./budgets.ts";
import { deleteRows } from "./retention.ts";

const BUDGET: KeptBudget = {
  ...{ id: 1, name: "b", measure: "units", limit: 10, per: "run", timeZone: "UTC", pricePerCall: 0, pricePerUnit: 0 },
  ...{ task: "x*", service: "*", method: "*", where: [{ of: "userId", is: "*@x" }], setAt: 5, setBy: "ann@laptop" },
};
const DAILY: KeptBudget = { ...BUDGET, id: 2, name: "a", per: "day" };

Deno.test("what is spent stays with its budget until that counts anew, and with its run until that goes", () => {
  using bench = openBench();
  const { budgets, taskRuns } = bench.store;
  const other = bench.addRun("run-2");
  const [one, two] = [bench.run, other].map((run) => taskRuns.get(run)!.id) as [string, string];
  budgets.set(BUDGET);
  budgets.set(DAILY);
  assert.deepEqual(budgets.all(), [DAILY, BUDGET]);
  for (const [budget, span] of [[1, one], [1, two], [2, "2026-11-26"]] as const) {
    budgets.spend(budget, span, { spent: 3, largest: 0 });
    budgets.spend(budget, span, { spent: 7, largest: 2 });
  }
  const spent = () =>
    [budgets.spending(1, one), budgets.spending(1, two), budgets.spending(2, "2026-11-26")].map(({ spent }) => spent);
  budgets.set({ ...BUDGET, limit: 20 });
  assert.deepEqual([budgets.byName("b")!.limit, spent()], [20, [7, 7, 7]]);
  taskRuns.move(other, "running", 0);
  taskRuns.end(other, { status: "completed", result: "1", now: 1 });
  deleteRows(bench.store, [other], 100);
  assert.deepEqual(spent(), [7, 0, 7]);
  budgets.forgetRuns();
  assert.deepEqual(spent(), [0, 0, 7]);
  budgets.set({ ...DAILY, id: 3 });
  assert.deepEqual(spent(), [0, 0, 0]);
  budgets.remove("a");
  assert.deepEqual(budgets.all().map(({ name }) => name), ["b"]);
});

Deno.test("what waits for a budget is known by what it is blocked for", () => {
  assert.equal(budgetAwaited({ blocked: blockedBy("b.c-d", "2026-11-26") }), "b.c-d");
  assert.deepEqual([null, "held", "key budget x"].map((blocked) => budgetAwaited({ blocked })), [
    undefined,
    undefined,
    undefined,
  ]);
});
