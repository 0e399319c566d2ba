import assert from "node:assert/strict";
import { createLogService, formatLine, LONGEST_LINE } from "./log.ts";
import { openServiceBench } from "./service_bench.ts";

Deno.test("each level writes one line of the run, at the time of the call", () => {
  using bench = openServiceBench();
  const log = createLogService();
  const issuedAt = Date.UTC(2026, 1, 2);
  for (const level of ["debug", "info", "warn", "error"]) {
    assert.equal(bench.value(log, level, ["found", 3, { a: [1] }, null], { issuedAt }), null);
  }
  const lines = bench.store.logs.page({ run: bench.run, after: 0, limit: 10 });
  assert.deepEqual(lines.map(({ level }) => level), ["debug", "info", "warn", "error"]);
  assert.deepEqual({ ...lines[0], id: 0 }, {
    id: 0,
    taskRunId: "run-1",
    at: issuedAt,
    level: "debug",
    source: "task",
    text: 'found 3 {"a":[1]} null',
  });
});

Deno.test("a line that is too long is cut and says by how much", () => {
  const line = formatLine(["x".repeat(LONGEST_LINE + 5)]);
  assert.ok(line.endsWith("x … (5 more characters)"));
  assert.equal(formatLine([]), "");
});

Deno.test("another level is refused", () => {
  using bench = openServiceBench();
  assert.throws(() => bench.value(createLogService(), "wran", ["x"]), { hint: 'Did you mean "warn"?' });
});
