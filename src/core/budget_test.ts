import assert from "node:assert/strict";
import { amountText, type Budget, budgetText, costIn, counts, dayOf, hasRoom, parseAmount } from "./budget.ts";
import { ClockFace } from "./clock_face.ts";

const BUDGET: Budget = {
  ...{ name: "b", measure: "calls", limit: 10, per: "day", timeZone: "Europe/Berlin" },
  ...{ pricePerCall: 0, pricePerUnit: 0, task: "*", service: "*", method: "*", where: [] },
};

Deno.test("a call has room while all of it fits; of bytes, while there is any left", () => {
  const room = (measure: Budget["measure"], spent: number, cost: number) =>
    hasRoom({ ...BUDGET, measure }, { spent, cost });
  assert.deepEqual([room("calls", 9, 1), room("calls", 10, 1), room("units", 6, 5)], [true, false, false]);
  assert.deepEqual([room("units", 10, 0), room("bytes", 9, 1_000), room("bytes", 10, 1)], [true, true, false]);
});

Deno.test("a budget counts its measure, and of money what a call and its units are taken to cost", () => {
  const usage = { calls: 1, units: 100, bytes: 7 };
  const costs = (["calls", "units", "bytes"] as const).map((measure) => costIn({ ...BUDGET, measure }, usage));
  assert.deepEqual(costs, [1, 100, 7]);
  assert.equal(costIn({ ...BUDGET, measure: "money", pricePerCall: 2_000_000, pricePerUnit: 10 }, usage), 2_001_000);
});

Deno.test("a budget of a task counts what is nested in it, too", () => {
  const call = {
    task: "inner",
    service: "gapi",
    method: "gmail.users.messages.list",
    writes: false,
    facts: { userId: "a@x" },
  };
  const fits = (patterns: Partial<Budget>) => counts({ ...BUDGET, ...patterns }, ["inner", "outer"], call);
  assert.deepEqual([fits({}), fits({ task: "out*" }), fits({ task: "other" })], [true, true, false]);
  assert.deepEqual([fits({ service: "http" }), fits({ where: [{ of: "userId", is: "*@x" }] })], [false, true]);
});

Deno.test("a day goes by the clocks of its zone: of 23 or 25 hours, and from 1 o'clock where midnight is left out", () => {
  const day = (zone: string, at: string) => {
    const { date, from, until } = dayOf(new ClockFace(zone), Date.parse(at));
    return [date, new Date(from).toISOString(), new Date(until).toISOString()];
  };
  const berlin = (at: string) => day("Europe/Berlin", at);
  assert.deepEqual(berlin("2026-11-26T22:59:59.999Z"), [
    "2026-11-26",
    "2026-11-25T23:00:00.000Z",
    "2026-11-26T23:00:00.000Z",
  ]);
  assert.deepEqual(berlin("2026-11-26T23:00:00Z")[0], "2026-11-27");
  assert.deepEqual(berlin("2026-03-29T12:00:00Z"), [
    "2026-03-29",
    "2026-03-28T23:00:00.000Z",
    "2026-03-29T22:00:00.000Z",
  ]);
  assert.deepEqual(berlin("2026-10-25T00:30:00Z"), [
    "2026-10-25",
    "2026-10-24T22:00:00.000Z",
    "2026-10-25T23:00:00.000Z",
  ]);
  // At midnight the clocks are put forward to one o'clock, or back to eleven in the evening.
  assert.deepEqual(day("Africa/Cairo", "2026-04-24T12:00:00Z").slice(1), [
    "2026-04-23T22:00:00.000Z",
    "2026-04-24T21:00:00.000Z",
  ]);
  assert.deepEqual(day("Africa/Cairo", "2026-10-29T20:30:00Z"), [
    "2026-10-29",
    "2026-10-28T21:00:00.000Z",
    "2026-10-29T22:00:00.000Z",
  ]);
  assert.deepEqual(day("Africa/Cairo", "2026-10-29T21:30:00Z")[0], "2026-10-29");
});

Deno.test("amounts are whole, of bytes with a unit, of money with a fraction", () => {
  const given = [["calls", "1_000"], ["bytes", "50MB"], ["bytes", "2GiB"], ["money", "2.50"], [
    "money",
    "0.000000001",
  ]] as const;
  assert.deepEqual(given.map(([measure, text]) => parseAmount(measure, text)), [
    1000,
    50_000_000,
    2_147_483_648,
    2_500_000_000,
    1,
  ]);
  const wrong = [["calls", "0"], ["calls", "1.5"], ["calls", "-1"], ["units", "5MB"], ["bytes", "5XB"], [
    "money",
    "1,5",
  ], ["money", "0.00"]] as const;
  for (const [measure, text] of wrong) assert.equal(parseAmount(measure, text), undefined, text);
  assert.deepEqual([amountText("calls", 1), amountText("units", 12_000), amountText("money", 2_500_000_000)], [
    "1 call",
    "12,000 units",
    "2.50",
  ]);
});

Deno.test("a budget's words are the flags that set it", () => {
  const words = budgetText({
    ...BUDGET,
    measure: "money",
    limit: 2_500_000_000,
    pricePerCall: 2_000_000,
    service: "http",
  });
  assert.equal(words, "--money 2.5 --price-per-call 0.002 --per day --timezone Europe/Berlin --service http");
});
