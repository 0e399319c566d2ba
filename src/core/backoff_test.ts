import assert from "node:assert/strict";
import { backoff, DEFAULT_RETRY } from "./backoff.ts";

Deno.test("the interval doubles up to its maximum, and the jitter takes away at most half of it", () => {
  const attempts = [1, 2, 3, 4, 5, 6];
  assert.deepEqual(attempts.map((attempt) => backoff(attempt, 0)), [500, 1_000, 2_000, 4_000, 8_000, 16_000]);
  assert.deepEqual(attempts.map((attempt) => backoff(attempt, 1)), [1_000, 2_000, 4_000, 8_000, 16_000, 32_000]);
  assert.equal(backoff(20, 1, { ...DEFAULT_RETRY, maxAttempts: 100 }), 60_000);
});

Deno.test("when the attempts are used up there is no next one", () => {
  assert.equal(backoff(7, 0), undefined);
  assert.equal(backoff(1, 0, { ...DEFAULT_RETRY, maxAttempts: 1 }), undefined);
});
