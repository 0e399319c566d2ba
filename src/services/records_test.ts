import assert from "node:assert/strict";
import { createRecordsService } from "./records.ts";
import { openServiceBench } from "./service_bench.ts";

const records = createRecordsService();

Deno.test("rows are appended one or many at a time and numbered within their kind", () => {
  using bench = openServiceBench();
  assert.deepEqual(bench.value(records, "append", ["message", { id: "a" }]), { appended: 1, last: 1 });
  assert.deepEqual(bench.value(records, "append", ["message", [{ id: "b" }, { id: "c" }]]), { appended: 2, last: 3 });
  assert.deepEqual(bench.value(records, "append", ["coverage", { user: "u" }]), { appended: 1, last: 1 });
  assert.deepEqual(bench.value(records, "append", ["message", []]), { appended: 0, last: 3 });
  assert.deepEqual([...bench.store.records.each({ run: bench.run, kind: "message" })].map(({ data }) => data), [
    { id: "a" },
    { id: "b" },
    { id: "c" },
  ]);
});

Deno.test("any JSON may be a row, NULs and all", () => {
  using bench = openServiceBench();
  const rows = [1, "text\0 with NUL", false, null, [1, [2]], { "": "empty key", deep: { er: [{}] } }];
  bench.value(records, "append", ["any", rows]);
  assert.deepEqual([...bench.store.records.each({ run: bench.run })].map(({ data }) => data), rows);
});

Deno.test("an append whose transaction fails leaves nothing", () => {
  using bench = openServiceBench();
  assert.throws(() =>
    bench.store.db.transaction(() => {
      bench.value(records, "append", ["message", [1, 2, 3]]);
      throw new Error("the transaction fails");
    })
  );
  assert.equal(bench.store.records.kinds(bench.run).size, 0);
});

Deno.test("kinds that are no names, missing rows and other methods are refused", () => {
  using bench = openServiceBench();
  for (const kind of ["", "a b", "1x", "x".repeat(64), "a'; DROP TABLE records", "é", null, 7, {}]) {
    assert.throws(() => bench.value(records, "append", [kind, {}]), { code: "INVALID_INPUT" });
  }
  assert.throws(() => bench.value(records, "append", ["message"]), { code: "INVALID_INPUT" });
  assert.throws(() => bench.value(records, "delete", ["message"]), { code: "METHOD_UNKNOWN" });
});
