import assert from "node:assert/strict";
import type { RunView } from "../../server/api.ts";
import { outcomeOf } from "./run_outcome.ts";

const ended = (fields: Partial<RunView>) =>
  outcomeOf({ status: "completed", result: null, ...fields } as RunView).exitCode;

Deno.test("a run's end gives the exit code of the table", () => {
  assert.equal(ended({ result: { coverage: { failed: 0, truncated: 4 } } }), 0);
  assert.equal(ended({ result: { coverage: { failed: 1 } } }), 5);
  assert.equal(ended({ result: [1] }), 0);
  assert.equal(ended({ status: "failed" }), 1);
  assert.equal(ended({ status: "cancelled" }), 4);
  assert.equal(ended({ status: "held" }), 4);
});

Deno.test("a task that refuses its input before any call was used wrongly; after one it failed", () => {
  const error = { name: "Error", code: "INVALID_INPUT", message: "m" };
  assert.equal(ended({ status: "failed", error, calls: {} }), 2);
  assert.equal(ended({ status: "failed", error, calls: { completed: 1 } }), 1);
  assert.equal(ended({ status: "failed", error: { ...error, code: "TASK_FAILED" }, calls: {} }), 1);
});
