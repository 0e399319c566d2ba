import fc from "fast-check";
import { commands, start } from "./commands.ts";
import { NEVER } from "./invariants.ts";
import { Model } from "./model.ts";
import { newFile, World } from "./world.ts";

const RUNS = 50;
const LONGEST = 200;

/** What the report of a failure gives plays it again: `REPLAY='{"seed": 1, "path": "0:1", "replayPath": "AB:F"}'`. */
const replay = JSON.parse(Deno.env.get("REPLAY") ?? "{}") as { seed?: number; path?: string; replayPath?: string };

Deno.test("whatever two owners do to a file in whatever order, it is as a model of plain lists says", async () => {
  const { replayPath, ...seed } = replay;
  const path = replayPath === undefined ? {} : { replayPath };
  const sequences = fc.commands(commands, { maxCommands: LONGEST, size: "max", ...path });
  const file = newFile();
  await fc.assert(
    fc.asyncProperty(sequences, async (steps) => {
      const model = new Model();
      using world = new World(model, file, NEVER);
      await start({ local: 0, outside: 0 }).run(model, world);
      await fc.asyncModelRun(() => ({ model, real: world }), steps);
    }),
    { numRuns: RUNS, ...seed },
  );
});
