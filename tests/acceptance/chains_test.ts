import assert from "node:assert/strict";
import { Running } from "./running.ts";
import { Place } from "./tasker.ts";

Deno.test("runs that start runs and continue as new ones are seen to, and are followed and cancelled by any of their ids", async () => {
  using place = new Place();
  const file = place.write(
    "watch.js",
    `export const manifest = { description: "Watches", services: ["records", "run", "signals", "tasks"] };
     export default async function watch({ n = 1, of }) {
       if (of !== undefined) return tools.tasks.result(of);
       await tools.records.append("seen", { n });
       if (n === 2) await tools.tasks.start("watch", { of: await tools.signals.wait("id") });
       if (n < 3) return tools.run.continueAsNew({ n: n + 1 });
       return { answer: await tools.signals.wait("end"), n };
     }`,
  );
  assert.equal((await place.run(["publish", file])).code, 0);
  await using running = Running.start(place, ["run", "watch", "--json"]);
  const [, first] = await running.says(/^run (\S+)$/m);
  await running.says(/signal id/);
  await place.run(["signal", first!, "id", "--data", JSON.stringify(first)]);
  await running.says(/signal end/);

  const runs = JSON.parse((await place.run(["runs", "--json"])).stdout);
  const [last, waits, second] = runs[0].input.of === undefined ? runs : [runs[1], runs[0], runs[2]];
  assert.deepEqual([waits.startedBy, waits.waiting[0].run, waits.chain], [second.id, first, null]);
  assert.deepEqual([second.status, second.chain], [
    "continued_as_new",
    { first, previous: first, next: last.id, last: last.id },
  ]);
  const shown = await place.run(["show", first!]);
  assert.match(shown.stdout, /↪ continued_as_new/);
  assert.match(shown.stdout, new RegExp(`goes on +as run ${second.id}, by now as ${last.id}\\n`));
  assert.match(shown.stdout, /⊘ cancelled {2}run\.continueAsNew\(\{"n":2\}\)/);
  const waiting = await place.run(["show", waits.id]);
  assert.match(
    waiting.stdout,
    new RegExp(`started +by run ${second.id}\\n[^]*waiting +the end of run ${last.id} \\(watch\\)\\n`),
  );
  // Each run has its own records.
  const records = await place.run(["records", second.id, "--format", "json"]);
  assert.deepEqual(JSON.parse(records.stdout), [{ n: 2 }]);

  await place.run(["signal", second.id, "end", "--data", "7"]);
  const { code, stdout } = await running.end();
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(stdout), { answer: 7, n: 3 });
  const late = await place.run(["cancel", first!]);
  assert.match(late.stderr, new RegExp(`run ${last.id.slice(-8)} is completed already`));
});
