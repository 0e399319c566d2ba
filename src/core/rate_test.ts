import assert from "node:assert/strict";
import { parseRate } from "./rate.ts";

Deno.test("a rate is a count and a period", () => {
  assert.deepEqual(parseRate("100/min"), { count: 100, period: 60_000 });
  assert.deepEqual(parseRate("5/10s"), { count: 5, period: 10_000 });
  assert.deepEqual(parseRate("1/day"), { count: 1, period: 86_400_000 });
  for (const text of ["", "100", "0/min", "-1/min", "1.5/h", "100/", "100/moon", "100/0s", "/min"]) {
    assert.equal(parseRate(text), undefined, text);
  }
});
