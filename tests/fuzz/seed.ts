import fc from "fast-check";

const given = Deno.env.get("TASKER_FUZZ_SEED");
const seed = given === undefined ? crypto.getRandomValues(new Int32Array(1))[0]! : Number(given);
const times = Number(Deno.env.get("TASKER_FUZZ_TIMES") ?? 1);

/**
 * A test of properties. Its name says the seed, since what is looked for may end the process before anything else can
 * say it; `TASKER_FUZZ_SEED` gives it again, `TASKER_FUZZ_TIMES` makes so many times the runs.
 */
export function fuzz(name: string, test: (parameters: (numRuns: number) => fc.Parameters<unknown>) => Promise<void>) {
  Deno.test(`${name} (seed ${seed})`, () => test((numRuns) => ({ numRuns: numRuns * times, seed })));
}
