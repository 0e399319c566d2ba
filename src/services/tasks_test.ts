import assert from "node:assert/strict";
import { openServiceBench } from "./service_bench.ts";
import { createTasksService } from "./tasks.ts";

const tasks = createTasksService();

Deno.test("execute asks for a nested run, with {} for an input that is not given", () => {
  using bench = openServiceBench();
  const nested = { type: "nested", taskName: "gmail-search", input: {} };
  assert.deepEqual(bench.call(tasks, "execute", ["gmail-search"]), nested);
  assert.deepEqual(bench.call(tasks, "execute", ["gmail-search", [1]]), { ...nested, input: [1] });
  assert.deepEqual(bench.call(tasks, "execute", ["gmail-search", null]), { ...nested, input: null });
});

Deno.test("what cannot be a task's name is refused, and so is another method", () => {
  using bench = openServiceBench();
  for (const name of [undefined, null, 7, "", "../x", "a b", "x".repeat(65)]) {
    assert.throws(() => bench.call(tasks, "execute", name === undefined ? [] : [name]), { code: "INVALID_INPUT" });
  }
  assert.throws(() => bench.call(tasks, "exec", ["x"]), { code: "METHOD_UNKNOWN" });
});

Deno.test("start takes what a submission takes, and result an id and how long to wait for it", () => {
  using bench = openServiceBench();
  const start = { type: "start", taskName: "x", input: {} };
  assert.deepEqual(bench.call(tasks, "start", ["x"]), start);
  const options = { idempotencyKey: "k", priority: -3, deadline: "2h" };
  assert.deepEqual(bench.call(tasks, "start", ["x", 1, options]), {
    ...start,
    input: 1,
    ...options,
    deadline: 7_200_000,
  });
  const end = { type: "end", runId: "r" };
  assert.deepEqual(bench.call(tasks, "result", ["r", {}]), end);
  const { until } = bench.call(tasks, "result", ["r", { timeout: 5 }]) as { until: number };
  assert.deepEqual(bench.call(tasks, "result", ["r", { timeout: 0 }]), { ...end, until: until - 5 });
});
