import assert from "node:assert/strict";
import { Simulation } from "./schedule.ts";

/** So many schedules are part of the tests; `deno task simulate` goes through 10,000, and repeats a seed with its trace. */
const SCHEDULES = 150;

Deno.test({
  name: "whatever happens in whatever order, every promise is kept",
  // The port that turns of the event loop are counted with stays open.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    using simulation = new Simulation();
    for (let seed = 0; seed < SCHEDULES; seed++) {
      const { violations } = await simulation.run(seed);
      assert.deepEqual(violations, [], `deno task simulate --seed ${seed} shows what happened`);
    }
  },
});
