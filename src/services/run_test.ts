import assert from "node:assert/strict";
import { createRunService } from "./run.ts";
import { openServiceBench } from "./service_bench.ts";

const run = createRunService();

Deno.test("progress is kept with its run, the newest replacing the one before", () => {
  using bench = openServiceBench();
  const issuedAt = 1_700_000_000_000;
  bench.value(run, "progress", [1, null]);
  assert.equal(bench.value(run, "progress", [12, 98, { unit: "users", note: "reading" }], { issuedAt }), null);
  assert.deepEqual(JSON.parse(bench.store.taskRuns.get(bench.run)!.progress!), {
    done: 12,
    total: 98,
    unit: "users",
    note: "reading",
    at: issuedAt,
  });
  bench.value(run, "progress", [13], { issuedAt });
  const { total, unit, note } = JSON.parse(bench.store.taskRuns.get(bench.run)!.progress!);
  assert.deepEqual({ total, unit, note }, { total: null, unit: null, note: null });
});

Deno.test("what is no amount, and words that are no text, are refused; long notes are cut", () => {
  using bench = openServiceBench();
  for (const args of [[], ["1"], [-1], [1, -2], [1, "2"], [1, 2, { unit: 3 }], [1, 2, { note: [] }]]) {
    assert.throws(() => bench.value(run, "progress", args), { code: "INVALID_INPUT" });
  }
  bench.value(run, "progress", [1, 2, { note: "n".repeat(1_000) }]);
  assert.equal(JSON.parse(bench.store.taskRuns.get(bench.run)!.progress!).note.length, 300);
});

Deno.test("the time zone is the one in which the run was submitted, and no other method is there", () => {
  using bench = openServiceBench();
  assert.equal(bench.value(run, "timeZone"), Intl.DateTimeFormat().resolvedOptions().timeZone);
  bench.store.db.prepare("UPDATE task_runs SET time_zone = 'Asia/Tokyo'").run();
  assert.equal(bench.value(run, "timeZone"), "Asia/Tokyo");
  assert.throws(() => bench.value(run, "timezone"), { code: "METHOD_UNKNOWN" });
});
