import assert from "node:assert/strict";
import { Place } from "./tasker.ts";

const KEEP = `export default async ({ rows }) => {
  await tools.records.append("row", Array.from({ length: rows }, (_, row) => ({ row, text: "x".repeat(200) })));
};`;
const WAITS = `export default async () => { await tools.timer.sleep(3_600_000); };`;

Deno.test("gc says what would go, asks, deletes what ended long ago, and leaves the rest", async () => {
  using place = new Place();
  await place.run(["publish", place.write("keep.js", KEEP), place.write("waits.js", WAITS)]);
  await place.run(["run", "keep", "--input", '{"rows":3000}']);
  const waits = (await place.run(["run", "waits", "--detach"])).stdout.trim();
  const gc = (...args: string[]) => place.run(["gc", "--older-than", ...args]);

  const bare = await gc("30");
  assert.deepEqual([bare.code, /expected a time such as 30d/.test(bare.stderr)], [2, true]);
  assert.match((await gc("30d", "--yes")).stderr, /^no run that ended before .* can go$/m);
  const dry = await gc("1ms", "--dry-run");
  assert.match(
    dry.stderr,
    /^1 run that ended before .*, with 2 frames, 3,000 records, 0 log lines: nothing was deleted$/m,
  );
  const nobody = await gc("1ms");
  assert.deepEqual([nobody.code, /nobody to ask/.test(nobody.stderr)], [2, true]);

  const done = await gc("1ms", "--yes", "--json");
  assert.equal(done.code, 0, done.stderr);
  const { deleted, kept, rows, freedBytes, fileBytes } = JSON.parse(done.stdout);
  assert.deepEqual({ deleted, kept, rows }, {
    deleted: 1,
    kept: [],
    rows: { task_runs: 1, stack_runs: 2, records: 3_000, logs: 0 },
  });
  assert.ok(freedBytes > 3_000 * 200 && freedBytes < fileBytes, `${freedBytes} of ${fileBytes}`);
  const left = JSON.parse((await place.run(["runs", "--json"])).stdout) as { id: string }[];
  assert.deepEqual(left.map(({ id }) => id), [waits]);
  const audit = await place.run(["audit", "--verify"]);
  assert.equal(audit.code, 0, audit.stdout);

  // Its space is used again.
  await place.run(["cancel", waits]);
  await place.run(["run", "keep", "--input", '{"rows":2500}']);
  const again = JSON.parse((await gc("30d", "--dry-run", "--json")).stdout);
  assert.ok(again.fileBytes <= fileBytes, `${again.fileBytes} after ${fileBytes}`);
});
