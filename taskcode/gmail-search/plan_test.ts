import assert from "node:assert/strict";
import { costOfSearch, costOfUser } from "./plan.ts";
import type { QuotaFacts } from "./types.ts";

const facts = (profile: string, user: number | null, get: number): QuotaFacts => ({
  profile,
  perMinute: { user, project: user === null ? null : 1_200_000 },
  costs: {
    "gmail.users.getProfile": 1,
    "gmail.users.messages.list": 5,
    "gmail.users.labels.list": 1,
    "gmail.users.messages.get": get,
  },
});
const NEW = facts("new", 6_000, 20);
const first = (limit: number, hasLabels = false) => ({ limit, hasLabels });

Deno.test("a user costs the pages of the list, each message and a look at the profile that is fetched", () => {
  const table: [hits: number, limit: number, toFetch: number, units: number][] = [
    [0, 10, 0, 6],
    [3, 10, 3, 66],
    [5_000, 10, 10, 206],
    [300, 300, 300, 6_006],
    [499, 500, 499, 9_986],
    [501, 500, 500, 10_011],
    [12_000, 100_000, 12_000, 240_121],
  ];
  for (const [hits, limit, toFetch, units] of table) {
    assert.deepEqual(costOfUser(hits, first(limit), NEW), { toFetch, units }, `${hits} hits, limit ${limit}`);
  }
  assert.equal(costOfUser(3, first(10, true), NEW).units, 67, "the names of its labels, once");
  assert.equal(costOfUser(0, first(10, true), NEW).units, 6);
});

Deno.test("a search takes as long as the user who costs most, or as the project allows", () => {
  const seconds = (hits: number[], limit: number, quota = NEW) => costOfSearch(hits, first(limit), quota).seconds;
  assert.equal(seconds([], 10), 0);
  assert.equal(seconds([10, 20], 299), 0);
  assert.equal(seconds(Array(98).fill(300), 300), 60);
  assert.equal(seconds([900], 1_000), 180);
  // Users of 206 units each cost more than a minute's units of the project from 5,826 on.
  assert.equal(seconds(Array(5_825).fill(10), 10), 0);
  assert.equal(seconds(Array(5_826).fill(10), 10), 60);
  assert.equal(seconds([900], 1_000, facts("legacy", 15_000, 5)), 0);
  assert.equal(seconds([100_000], 100_000, facts("none", null, 20)), 0);
  assert.deepEqual(costOfSearch([300, 2], first(300), NEW), {
    toFetch: 302,
    units: 6_052,
    unitsOfOneUser: 6_006,
    seconds: 60,
    profile: "new",
  });
});
