import assert from "node:assert/strict";
import { simulate } from "./threads.ts";

/**
 * Some schedules, others on Deno 2.4; `deno task simulate`, which is a part of `.ci/run`, goes through 10,000, these among
 * them, or repeats one with its trace.
 */
const SHARE = { from: Deno.version.deno.startsWith("2.4.") ? 100 : 0, schedules: 100 };

Deno.test(`whatever happens in whatever order, every promise is kept (${SHARE.schedules} schedules)`, async () => {
  const { schedules, failed } = await simulate(SHARE);
  const found = failed.map(({ seed, violations }) => ({ violations, repeat: `deno task simulate --seed ${seed}` }));
  assert.deepEqual(found, []);
  assert.equal(schedules, SHARE.schedules);
});
