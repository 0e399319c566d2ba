import assert from "node:assert/strict";
import type { Budget } from "../../core/budget.ts";
import { type BudgetFlags, budgetOf } from "./budget_flags.ts";

const KNOWN: Budget = {
  ...{ name: "b", measure: "money", limit: 1_000_000_000, per: "day", timeZone: "Europe/Berlin" },
  ...{ pricePerCall: 2_000_000, pricePerUnit: 0, task: "x*", service: "http", method: "*" },
  where: [{ of: "url", is: "https://*" }],
};

Deno.test("a budget that is set again keeps what the flags leave out", () => {
  assert.deepEqual(budgetOf("b", {}, KNOWN, "UTC"), KNOWN);
  assert.deepEqual(budgetOf("b", { money: "2.50" }, KNOWN, "UTC"), { ...KNOWN, limit: 2_500_000_000 });
  const calls = budgetOf("b", { calls: "7", per: "run", task: "y" }, KNOWN, "UTC");
  assert.deepEqual(calls, { ...KNOWN, measure: "calls", limit: 7, per: "run", pricePerCall: 0, task: "y" });
});

Deno.test("flags that say too little, or what could count nothing, are refused", () => {
  for (
    const [flags, words] of [
      [{ per: "run" }, /how much is missing/],
      [{ calls: "1" }, /--per is missing/],
      [{ calls: "1", units: "1", per: "run" }, /counts one thing/],
      [{ calls: "0", per: "run" }, /--calls takes a whole number above 0, not 0/],
      [{ bytes: "5XB", per: "run" }, /--bytes takes a size/],
      [{ money: "1", per: "run" }, /--money needs a price/],
      [{ calls: "1", per: "run", pricePerCall: "1" }, /a budget of calls has no price/],
      [{ units: "1", per: "run", service: "http" }, /--service http has no quota units/],
      [{ calls: "1", per: "run", service: "records" }, /records is none that leaves/],
      [{ calls: "1", per: "run", timezone: "UTC" }, /the budget of a run has no time zone/],
      [{ calls: "1", per: "day", timezone: "Mars" }, /there is no time zone Mars/],
    ] as [BudgetFlags, RegExp][]
  ) assert.throws(() => budgetOf("b", flags, undefined, "UTC"), { code: "USAGE", message: words });
  for (const name of ["", "-x", "a b", "a/b"]) {
    assert.throws(() => budgetOf(name, { calls: "1", per: "run" }, undefined, "UTC"), /no name of a budget/);
  }
});
