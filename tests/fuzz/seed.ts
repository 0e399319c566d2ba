import fc from "fast-check";

const given = Deno.env.get("TASKER_FUZZ_SEED");
const seed = given === undefined ? 1 : Number(given);
const times = Number(Deno.env.get("TASKER_FUZZ_TIMES") ?? 1);

/**
 * A test of properties. Its name says the seed, since what is looked for may end the process before anything else can
 * say it. The same values are tried each time; `TASKER_FUZZ_SEED` gives others, `TASKER_FUZZ_TIMES` so many times the runs.
 */
export function fuzz(name: string, test: (parameters: (numRuns: number) => fc.Parameters<unknown>) => Promise<void>) {
  Deno.test(`${name} (seed ${seed})`, () => test((numRuns) => ({ numRuns: numRuns * times, seed })));
}
