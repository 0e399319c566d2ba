import assert from "node:assert/strict";
import { simulate } from "./threads.ts";

/**
 * `.ci/run` goes through 2,000 schedules: the tests on Deno 2.4, where each takes half as long again, through the last
 * quarter. `deno task simulate` goes through 10,000, these among them, or any others, and repeats a seed with its trace.
 */
const SHARE = Deno.version.deno.startsWith("2.4.") ? { from: 1_500, schedules: 500 } : { from: 0, schedules: 1_500 };

Deno.test(`whatever happens in whatever order, every promise is kept (${SHARE.schedules} schedules)`, async () => {
  const { schedules, failed } = await simulate(SHARE);
  const found = failed.map(({ seed, violations }) => ({ violations, repeat: `deno task simulate --seed ${seed}` }));
  assert.deepEqual(found, []);
  assert.equal(schedules, SHARE.schedules);
});
