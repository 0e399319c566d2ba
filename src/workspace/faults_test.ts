import assert from "node:assert/strict";
import type { FaultQuestion, FaultRule } from "./faults.ts";
import { FaultScript } from "./faults.ts";

const GET: FaultQuestion = {
  kind: "gmail.users.messages.get",
  method: "GET",
  path: "/gmail/v1/users/me/messages/1",
  user: "a@x",
};
const DROP = { type: "dropConnection" } as const;

/** At which of `count` equal requests the rules strike, counted from 1. */
function strikes(rules: FaultRule[], count: number, seed = 1): number[] {
  const script = new FaultScript(seed, rules);
  return Array.from({ length: count }, (_none, at) => script.strike(GET) === undefined ? 0 : at + 1).filter((at) =>
    at > 0
  );
}

Deno.test("rules strike at the n-th, at every n-th, and only so many times", () => {
  assert.deepEqual(strikes([{ fault: DROP, nth: 3 }], 6), [3]);
  assert.deepEqual(strikes([{ fault: DROP, nth: [1, 4] }], 6), [1, 4]);
  assert.deepEqual(strikes([{ fault: DROP, every: 2 }], 6), [2, 4, 6]);
  assert.deepEqual(strikes([{ fault: DROP, times: 2 }], 6), [1, 2]);
});

Deno.test("rules look at kind, method, path and user", () => {
  assert.deepEqual(strikes([{ fault: DROP, kind: "token" }], 1), []);
  assert.deepEqual(strikes([{ fault: DROP, kind: ["token", "gmail.users.messages.get"] }], 1), [1]);
  assert.deepEqual(strikes([{ fault: DROP, method: "POST" }], 1), []);
  assert.deepEqual(strikes([{ fault: DROP, path: "/messages/1" }], 1), [1]);
  assert.deepEqual(strikes([{ fault: DROP, user: "b@x" }], 1), []);
  assert.deepEqual(strikes([{ fault: DROP, user: "A@x" }], 1), [1]);
});

Deno.test("probability strikes about as often as it says, and at the same requests for the same seed", () => {
  const rules: FaultRule[] = [{ fault: DROP, probability: 0.3 }];
  const first = strikes(rules, 2_000);
  assert.ok(first.length > 500 && first.length < 700, `${first.length} of 2000`);
  assert.deepEqual(strikes(rules, 2_000), first);
  assert.notDeepEqual(strikes(rules, 2_000, 2), first);
});

Deno.test("the first rule that strikes wins, and every fitting rule counts the request", () => {
  const script = new FaultScript(1, [{ fault: DROP, nth: 1 }, { fault: { type: "delay", ms: 1 }, nth: 2 }]);
  assert.equal(script.strike(GET)?.type, "dropConnection");
  assert.equal(script.strike(GET)?.type, "delay");
  assert.equal(script.strike(GET), undefined);
});
