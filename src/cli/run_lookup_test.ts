import assert from "node:assert/strict";
import { openStore, type Store } from "../store/store.ts";
import { findRun } from "./run_lookup.ts";

async function withRuns(ids: readonly string[], work: (store: Store) => void): Promise<void> {
  const folder = await Deno.makeTempDir();
  const store = openStore(`${folder}/t.db`);
  try {
    const { task } = store.taskFunctions.publish(
      { name: "t", hash: "h", filename: "t.js", source: "", manifest: {} as never },
      { embedded: false, now: 1 },
    );
    for (const id of ids) {
      store.taskRuns.insert({
        id,
        functionId: task.id,
        taskName: "t",
        input: "{}",
        seed: "s",
        rootFrame: 1,
        parentRun: null,
        now: 1,
      });
    }
    work(store);
  } finally {
    store.close();
    await Deno.remove(folder, { recursive: true });
  }
}

const A = "019a0000-0000-7000-8000-00000000aaaa";
const B = "019a0000-0001-7000-8000-00000000bbbb";
const C = "019b0000-0000-7000-8000-0000cccccccc";

Deno.test("a run is found by its id, a unique end or beginning of it, or as the last", async () => {
  await withRuns([A, B, C], (store) => {
    assert.equal(findRun(store, A).id, A);
    assert.equal(findRun(store, "bbbb").id, B);
    assert.equal(findRun(store, "CCCC").id, C);
    assert.equal(findRun(store, "019b").id, C);
    assert.equal(findRun(store, "last").id, C);
  });
});

Deno.test("a part that fits several runs is refused, one that fits none is not found", async () => {
  await withRuns([A, B, C], (store) => {
    assert.throws(() => findRun(store, "019a"), { code: "USAGE" });
    assert.throws(() => findRun(store, "dddd"), { code: "NOT_FOUND" });
    assert.throws(() => findRun(store, "aaa"), { code: "NOT_FOUND" });
    assert.throws(() => findRun(store, "%"), { code: "NOT_FOUND" });
  });
});

Deno.test("without any run there is no last one", async () => {
  await withRuns([], (store) => assert.throws(() => findRun(store, "last"), { code: "NOT_FOUND" }));
});
