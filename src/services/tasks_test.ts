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
