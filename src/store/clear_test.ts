import assert from "node:assert/strict";
import { LEGACY_MANIFEST } from "../core/manifest.ts";
import { clearable, clearRuns } from "./clear.ts";
import { integrityCheck, newestFrames, tableCounts } from "./inspect.ts";
import { openStore, type Store } from "./store.ts";

async function withFilledStore(work: (store: Store) => void): Promise<void> {
  const folder = await Deno.makeTempDir();
  const store = openStore(`${folder}/t.db`);
  try {
    const { task } = store.taskFunctions.publish(
      { name: "t", hash: "h", filename: "t.js", source: "", manifest: LEGACY_MANIFEST },
      { embedded: false, now: 1 },
    );
    store.keystore.put({ namespace: "default", name: "A", sealed: new Uint8Array(28), now: 1 });
    store.db.transaction(() => {
      let parentRun: number | null = null;
      for (const id of ["outer", "inner"]) {
        const run: number = store.taskRuns.insert({
          id,
          functionId: task.id,
          taskName: "t",
          input: "{}",
          seed: "s",
          rootFrame: 1,
          parentRun,
          now: 1,
        });
        const frame = store.stackRuns.insert({
          run,
          seq: 1,
          service: "log",
          method: "info",
          args: "[]",
          lane: false,
          now: 1,
        });
        store.records.append({ run, frame, kind: "row", rows: [1, 2] });
        store.signals.insert({ run, name: "s", data: "1", signalId: null, now: 1 });
        store.logs.append({ run, at: 1, level: "info", source: "task", text: "x" });
        parentRun = run;
      }
    });
    work(store);
  } finally {
    store.close();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("clearing takes runs, nested ones too, with their frames, records and logs, and leaves tasks and the keystore", async () => {
  await withFilledStore((store) => {
    const rows = { task_runs: 2, stack_runs: 2, records: 4, logs: 2 };
    assert.deepEqual(clearable(store), rows);
    assert.deepEqual(clearRuns(store, { who: "ann@laptop", now: 1 }), rows);
    const left = Object.fromEntries(tableCounts(store).map(({ table, rows }) => [table, rows]));
    assert.match([...store.audit.each()][0]!.text, /"event":"cleared",.*"task_runs":2\}.*"who":"ann@laptop"/);
    assert.deepEqual(left, {
      audit: 1,
      keystore: 1,
      ledger: 0,
      logs: 0,
      owner: 1,
      policy: 0,
      budgets: 0,
      budget_spending: 0,
      records: 0,
      run_links: 0,
      schedules: 0,
      signals: 0,
      stack_runs: 0,
      task_functions: 1,
      task_runs: 0,
    });
  });
});

Deno.test("a sound file passes the check, and its newest frames come first", async () => {
  await withFilledStore((store) => {
    assert.deepEqual(integrityCheck(store), ["ok"]);
    assert.deepEqual(newestFrames(store, 1).map(({ taskRunId, seq }) => [taskRunId, seq]), [["inner", 1]]);
  });
});
