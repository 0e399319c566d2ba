import fc from "fast-check";
import { commands, start } from "./commands.ts";
import { NEVER } from "./invariants.ts";
import { Model } from "./model.ts";
import { newFile, World } from "./world.ts";

const RUNS = 40;
const LONGEST = 200;

/** A failure is played again by the seed of its report and the first number of its path: `REPLAY='{"seed":1,"path":"7"}'`. */
const replay = JSON.parse(Deno.env.get("REPLAY") ?? "{}") as { seed?: number; path?: string };

Deno.test("whatever two owners do to a file in whatever order, it is as a model of plain lists says", async () => {
  const sequences = fc.commands(commands, { maxCommands: LONGEST, size: "max" });
  const file = newFile();
  await fc.assert(
    fc.asyncProperty(sequences, async (steps) => {
      const model = new Model();
      using world = new World(model, file, NEVER);
      await start({ local: 0, outside: 0 }).run(model, world);
      await fc.asyncModelRun(() => ({ model, real: world }), steps);
    }),
    { numRuns: RUNS, ...replay },
  );
});
