import assert from "node:assert/strict";
import fc from "fast-check";
import { type Disturbance, drive } from "./drive.ts";
import { programs, sourceOf } from "./program.ts";

/** Programs; on Deno 2.4 a part of them. */
const RUNS = Deno.version.deno.startsWith("2.4.") ? 15 : 50;

const disturbances: fc.Arbitrary<Disturbance[]> = fc.array(
  fc.record({
    step: fc.nat({ max: 12 }),
    turns: fc.nat({ max: 5 }),
    what: fc.constantFrom("takeover" as const, "hold" as const, "hold" as const),
  }),
  { maxLength: 4 },
);

Deno.test("any program, and its retry, taken over, held and evicted at any moment, takes the course it takes undisturbed", async () => {
  await fc.assert(
    fc.asyncProperty(
      programs(),
      fc.nat({ max: 1_000_000 }),
      fc.constantFrom(1, 1_000),
      disturbances,
      async (program, seed, maxRealms, disturbances) => {
        const source = sourceOf(program);
        const undisturbed = await drive({ source, seed, maxRealms: 1_000, disturbances: [] });
        const disturbed = await drive({ source, seed, maxRealms, disturbances });
        assert.deepEqual(disturbed, undisturbed);
      },
    ),
    { numRuns: RUNS, timeout: 120_000 },
  );
});
