import assert from "node:assert/strict";
import { openBench } from "./bench.ts";
import { openStore } from "./store.ts";

Deno.test("frames are claimed first in first out within a run and one run after another, whatever order they came in", () => {
  using bench = openBench();
  const { stackRuns } = bench.store;
  const other = bench.addRun("run-2");
  const third = bench.addRun("run-3");
  for (const [run, seq] of [[other, 2], [other, 1], [third, 1], [bench.run, 3], [bench.run, 2]] as const) {
    bench.addFrame({ run, seq });
  }
  const names = (frames: readonly { run: number; seq: number }[]) => frames.map(({ run, seq }) => `${run}.${seq}`);
  const first = stackRuns.claim({ lane: true, limit: 2, after: 0, now: 5 });
  assert.deepEqual(names(first.frames), ["1.1", "2.1"]);
  const rest = stackRuns.claim({ lane: true, limit: 10, after: first.after, now: 5 });
  assert.deepEqual(names(rest.frames), ["3.1", "1.2", "2.2", "1.3"]);
  assert.deepEqual(stackRuns.claim({ lane: true, limit: 10, after: 0, now: 5 }).frames, []);
  assert.deepEqual(rest.frames.map(({ status, attempt, startedAt }) => [status, attempt, startedAt])[0], [
    "processing",
    1,
    5,
  ]);
});

Deno.test("a frame that waits for a time, for a key or for a person is not claimed before it is over", () => {
  using bench = openBench();
  const { stackRuns } = bench.store;
  const claim = () => stackRuns.claim({ lane: true, limit: 10, after: 0, now: 0 }).frames.map((frame) => frame.id);
  assert.deepEqual(claim(), [bench.frame]);
  stackRuns.release(bench.frame, { readyAt: 100, waitingFor: "quota", counted: false, progress: "[1]" });
  assert.deepEqual(claim(), []);
  assert.equal(stackRuns.waits.nextDue(), 100);
  assert.equal(stackRuns.waits.promote(99), 0);
  assert.equal(stackRuns.waits.promote(100), 1);
  assert.deepEqual(claim(), [bench.frame]);
  assert.deepEqual([stackRuns.get(bench.frame)!.attempt, stackRuns.get(bench.frame)!.progress], [1, "[1]"]);
  stackRuns.release(bench.frame, { blocked: "key k", counted: true });
  assert.deepEqual(claim(), []);
  assert.equal(stackRuns.waits.unblockFirst("key other"), false);
  assert.equal(stackRuns.waits.unblockFirst("key k"), true);
  assert.deepEqual(claim(), [bench.frame]);
  assert.equal(stackRuns.get(bench.frame)!.attempt, 2);
  stackRuns.release(bench.frame, { counted: false });
  stackRuns.waits.blockRun(bench.run, "held");
  assert.deepEqual(claim(), []);
  stackRuns.waits.unblockKeys();
  assert.deepEqual(claim(), []);
  stackRuns.waits.unblockRun(bench.run, "held");
  assert.deepEqual(claim(), [bench.frame]);
});

Deno.test("claims, the timer and the journal go through their indexes: neither waiting nor settled frames are scanned", () => {
  using bench = openBench();
  const plan = (sql: string) =>
    bench.store.db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all().map((row) => String(row.detail)).join("; ");
  const ready = "status = 'pending' AND ready_at IS NULL AND blocked IS NULL";
  const claimed = plan(
    `SELECT id, run FROM stack_runs INDEXED BY stack_runs_ready
     WHERE ${ready} AND lane = 1 AND priority = 0 AND run > 5 ORDER BY run, seq LIMIT 1`,
  );
  const ofIndex = "^SEARCH stack_runs USING (COVERING )?INDEX stack_runs_ready";
  assert.match(claimed, new RegExp(`${ofIndex} \\(lane=\\? AND priority=\\? AND run>\\?\\)$`));
  const level = plan(
    `SELECT priority FROM stack_runs INDEXED BY stack_runs_ready
     WHERE ${ready} AND lane = 1 AND priority < 5 ORDER BY priority DESC LIMIT 1`,
  );
  assert.match(level, new RegExp(`${ofIndex} \\(lane=\\? AND priority<\\?\\)$`));
  const due = plan("SELECT min(ready_at) AS at FROM stack_runs WHERE status = 'pending' AND ready_at IS NOT NULL");
  assert.match(due, /USING (COVERING )?INDEX stack_runs_waiting/);
  const promoted = plan("UPDATE stack_runs SET ready_at = NULL WHERE status = 'pending' AND ready_at <= 5");
  assert.match(promoted, /USING (COVERING )?INDEX stack_runs_waiting \(ready_at<\?\)/);
  const key = plan(
    "SELECT id FROM stack_runs WHERE status = 'pending' AND blocked = 'k' ORDER BY priority DESC, id LIMIT 1",
  );
  assert.match(key, /USING (COVERING )?INDEX stack_runs_blocked \(blocked=\?\)$/);
  const journal = plan("SELECT seq FROM stack_runs WHERE run = 1 AND delivery > 5 ORDER BY delivery LIMIT 10");
  assert.match(journal, /USING INDEX stack_runs_delivery \(run=\? AND delivery>\?\)$/);
});

Deno.test("the claim costs the same with ten thousand waiting and settled frames as with none", () => {
  using bench = openBench();
  const { stackRuns, db } = bench.store;
  const steps = () => {
    const began = performance.now();
    for (let i = 0; i < 2_000; i++) stackRuns.claim({ lane: true, limit: 1, after: 0, now: 0 });
    return performance.now() - began;
  };
  stackRuns.claim({ lane: true, limit: 1, after: 0, now: 0 });
  steps();
  const before = steps();
  db.transaction(() => {
    for (let seq = 2; seq < 10_002; seq++) {
      const id = bench.addFrame({ run: bench.run, seq });
      if (seq % 2 === 0) stackRuns.settle(id, { status: "completed", result: "1", now: 1 });
      else db.exec(`UPDATE stack_runs SET ready_at = 9 WHERE id = ${id}`);
    }
  });
  const after = steps();
  assert.ok(after < before * 5 + 20, `${before} ms before, ${after} ms after`);
});

Deno.test("a frame is settled once", () => {
  using bench = openBench();
  const { stackRuns } = bench.store;
  assert.equal(stackRuns.settle(bench.frame, { status: "completed", result: "1", delivery: 1, now: 10 }), true);
  assert.equal(stackRuns.settle(bench.frame, { status: "failed", error: "{}", delivery: 2, now: 20 }), false);
  const { status, result, error, delivery, endedAt } = stackRuns.get(bench.frame)!;
  assert.deepEqual([status, result, error, delivery, endedAt], ["completed", "1", null, 1, 10]);
  assert.equal(stackRuns.release(bench.frame, { counted: false }), false);
});

Deno.test("two outcomes cannot have the same place in a run, and no call the same seq", () => {
  using bench = openBench();
  const { stackRuns } = bench.store;
  const second = bench.addFrame({ run: bench.run, seq: 2 });
  stackRuns.settle(bench.frame, { status: "completed", result: "1", delivery: 1, now: 10 });
  assert.throws(() => stackRuns.settle(second, { status: "completed", result: "1", delivery: 1, now: 10 }), /UNIQUE/);
  assert.throws(() => bench.addFrame({ run: bench.run, seq: 2 }), /UNIQUE/);
});

Deno.test("records are kept by run and kind with a seq of their own, and come back in order and page by page", () => {
  using bench = openBench();
  const { records } = bench.store;
  const rows = Array.from({ length: 1_200 }, (_, n) => ({ n }));
  const append = (kind: string, some: typeof rows) =>
    records.append({ run: bench.run, frame: bench.frame, kind, rows: some });
  assert.equal(append("message", rows.slice(0, 700)), 700);
  assert.equal(append("user", [{ n: 1 }]), 1);
  assert.equal(append("message", rows.slice(700)), 1_200);
  assert.deepEqual(
    [...records.each({ run: bench.run, kind: "message" })].map(({ seq, data }) => ({ seq, data })),
    rows.map((data, at) => ({ seq: at + 1, data })),
  );
  assert.deepEqual([...records.kinds(bench.run)], [["message", 1_200], ["user", 1]]);
  assert.throws(
    () => bench.store.db.exec("INSERT INTO records SELECT NULL, run, kind, seq, frame, data FROM records"),
    /UNIQUE/,
  );
});

Deno.test("a transaction that throws leaves nothing behind, a savepoint that throws only its own part", () => {
  using bench = openBench();
  const { db, logs } = bench.store;
  const append = (text: string) => logs.append({ run: null, at: 0, level: "info", source: "engine", text });
  const texts = () => logs.page({ after: 0, limit: 10 }).map((entry) => entry.text);
  assert.throws(() =>
    db.transaction(() => {
      append("undone");
      throw new RangeError("no");
    }), RangeError);
  assert.deepEqual(texts(), []);
  db.transaction(() => {
    append("before");
    assert.throws(() =>
      db.savepoint(() => {
        append("undone");
        throw new RangeError("no");
      }), RangeError);
    db.savepoint(() => append("after"));
  });
  assert.deepEqual(texts(), ["before", "after"]);
});

Deno.test("what is committed is there when the file is opened again", () => {
  using bench = openBench();
  bench.store.db.transaction(() => bench.addFrame({ run: bench.run, seq: 2 }), { durable: false });
  const again = openStore(bench.path, { create: false });
  try {
    assert.equal(again.stackRuns.bySeq(bench.run, 2)!.status, "pending");
    assert.equal(Object.values(again.db.prepare("PRAGMA synchronous").get()!)[0], 2);
    assert.equal(Object.values(again.db.prepare("PRAGMA journal_mode").get()!)[0], "wal");
  } finally {
    again.close();
  }
});
