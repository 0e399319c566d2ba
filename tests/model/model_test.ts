import { NEVER } from "./invariants.ts";
import fc from "fast-check";
import { commands, start } from "./commands.ts";
import { Model } from "./model.ts";
import { newFile, World } from "./world.ts";

const RUNS = 50;

/** A failure is printed with its seed, path and replayPath: given to `assert` and `commands` they play it again. */
Deno.test("whatever two owners do to a file in whatever order, it is as a model of plain lists says", async () => {
  const file = newFile();
  await fc.assert(
    fc.asyncProperty(fc.commands(commands, { maxCommands: 200, size: "max" }), async (steps) => {
      const model = new Model();
      using world = new World(model, file, NEVER);
      await start({ local: 0, outside: 0 }).run(model, world);
      await fc.asyncModelRun(() => ({ model, real: world }), steps);
    }),
    { numRuns: RUNS },
  );
});
