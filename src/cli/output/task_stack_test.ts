import assert from "node:assert/strict";
import { taskStack } from "./task_stack.ts";

const of = (name: string, message: string, stack?: string) =>
  taskStack({ name, code: "TASK_FAILED", message, ...(stack === undefined ? {} : { stack }) });

Deno.test("a stack does not say the message again", () => {
  const frames = "    at first (task.ts:3:5)\n    at task.ts:9:1";
  assert.equal(of("TaskerError", "no such user", `TaskerError: no such user\n${frames}`), frames);
  assert.equal(of("Error", "two\nlines", `Error: two\nlines\n${frames}`), frames);
  assert.equal(of("Error", "a\n    at nothing", `Error: a\n    at nothing\n${frames}`), frames);
  assert.equal(of("Error", "", `Error\n${frames}`), frames);
});

Deno.test("the name of an error that has one of its own stays", () => {
  assert.equal(
    of("RangeError", "too far", "RangeError: too far\n    at task.ts:3:5"),
    "RangeError\n    at task.ts:3:5",
  );
});

Deno.test("a message that was changed after the stack was made leaves the frames", () => {
  assert.equal(of("Error", "later", "Error: earlier\n    at task.ts:3:5"), "    at task.ts:3:5");
});

Deno.test("without frames there is nothing to show", () => {
  assert.equal(of("Error", "x", "Error: x"), undefined);
  assert.equal(of("Error", "x"), undefined);
});
