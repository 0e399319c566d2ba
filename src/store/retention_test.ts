import assert from "node:assert/strict";
import { LEGACY_MANIFEST } from "../core/manifest.ts";
import { PARTS, planRetention } from "./retention.ts";
import { openStore, type Store } from "./store.ts";

/** Adds runs: `parent` and `names` are ids of others; without `ended` a run has not ended. */
function addRun(store: Store, run: { id: string; ended?: number; parent?: string; names?: string }): void {
  const number = store.taskRuns.insert({
    id: run.id,
    functionId: 1,
    taskName: "t",
    input: JSON.stringify({ earlier: run.names ?? null }),
    seed: "s",
    rootFrame: 1,
    parentRun: run.parent === undefined ? null : store.taskRuns.byId(run.parent)!.run,
    now: 0,
  });
  const frame = store.stackRuns.insert({
    run: number,
    seq: 0,
    service: "tasks",
    method: "execute",
    args: "[]",
    lane: false,
    now: 0,
  });
  store.records.append({ run: number, frame, kind: "row", rows: [1, 2] });
  if (run.ended === undefined) return;
  store.taskRuns.move(number, "running", 0);
  store.taskRuns.end(number, { status: "completed", result: "1", now: run.ended });
}

const id = (number: number) => `00000000-0000-7000-8000-${String(number).padStart(12, "0")}`;

Deno.test("of every table that refers to runs the rows go with their run", async () => {
  const folder = await Deno.makeTempDir();
  const store = openStore(`${folder}/t.db`);
  try {
    const referring = store.db.prepare(
      `SELECT DISTINCT tables.name AS name FROM sqlite_schema AS tables, pragma_foreign_key_list(tables.name) AS key
       WHERE tables.type = 'table' AND key."table" = 'task_runs' AND tables.name <> 'task_runs' ORDER BY tables.name`,
    ).all();
    assert.deepEqual(referring.map(({ name }) => name), [...PARTS].sort());
  } finally {
    store.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("what ended long ago goes with what is nested in it, unless something that stays names it", async () => {
  const folder = await Deno.makeTempDir();
  const store = openStore(`${folder}/t.db`);
  try {
    store.taskFunctions.publish(
      { name: "t", hash: "h", filename: "t.js", source: "", manifest: LEGACY_MANIFEST },
      { embedded: false, now: 1 },
    );
    store.db.transaction(() => {
      addRun(store, { id: id(1), ended: 10 });
      addRun(store, { id: id(2), parent: id(1), ended: 9 });
      addRun(store, { id: id(3), ended: 30 });
      addRun(store, { id: id(4) });
      // Named by one that has not ended, which names another.
      addRun(store, { id: id(5), ended: 10 });
      addRun(store, { id: id(6), ended: 10, names: id(5) });
      addRun(store, { id: id(7), names: id(6) });
      // Named by what goes too, and by a schedule.
      addRun(store, { id: id(8), ended: 10 });
      addRun(store, { id: id(9), ended: 11, names: id(8) });
      addRun(store, { id: id(10), ended: 10 });
      store.schedules.insert({
        ...{ id: "s", name: "nightly", pattern: "0 7 * * *", timeZone: "UTC", catchUp: "one", taskName: "t" },
        ...{ input: JSON.stringify({ earlier: id(10) }), reason: null, addedBy: "ann", nextAt: 1, createdAt: 0 },
      });
    });
    assert.deepEqual(planRetention(store, 20), {
      runs: [id(1), id(8), id(9)],
      kept: [
        { run: id(10), because: "named by the schedule nightly" },
        { run: id(6), because: `named by run ${id(7)}` },
        { run: id(5), because: `named by run ${id(6)}` },
      ],
      rows: { task_runs: 4, stack_runs: 4, records: 8, logs: 0 },
    });
    assert.deepEqual(planRetention(store, 10).runs, []);
    assert.deepEqual(planRetention(store, 11).runs, [id(1)], "what is younger names the other");
  } finally {
    store.close();
    await Deno.remove(folder, { recursive: true });
  }
});
