import assert from "node:assert/strict";
import { withRuns } from "../store/kept_runs_for_tests.ts";
import type { Store } from "../store/store.ts";
import { findRun } from "./run_lookup.ts";

const A = "019a0000-0000-7000-8000-00000000aaaa";
const B = "019a0000-0001-7000-8000-00000000bbbb";
const C = "019b0000-0000-7000-8000-0000cccccccc";

function withIds(ids: readonly string[], work: (store: Store) => void): void {
  withRuns(ids.map(() => ({})), work, ids);
}

Deno.test("a run is found by its id, a unique end or beginning of it, or as the last", () => {
  withIds([A, B, C], (store) => {
    assert.equal(findRun(store, A).id, A);
    assert.equal(findRun(store, "bbbb").id, B);
    assert.equal(findRun(store, "CCCC").id, C);
    assert.equal(findRun(store, "019b").id, C);
    assert.equal(findRun(store, "last").id, C);
  });
});

Deno.test("a part that fits several runs is refused, one that fits none is not found", () => {
  withIds([A, B, C], (store) => {
    assert.throws(() => findRun(store, "019a"), { code: "USAGE" });
    assert.throws(() => findRun(store, "dddd"), { code: "NOT_FOUND" });
    assert.throws(() => findRun(store, "aaa"), { code: "NOT_FOUND" });
    assert.throws(() => findRun(store, "%"), { code: "NOT_FOUND" });
  });
});

Deno.test("without any run there is no last one", () => {
  withIds([], (store) => assert.throws(() => findRun(store, "last"), { code: "NOT_FOUND" }));
});
