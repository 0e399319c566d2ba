import assert from "node:assert/strict";
import { TaskerError } from "../core/errors.ts";
import { EXIT, exitCodeOfError, exitCodeOfParser, worstExitCode } from "./exit_codes.ts";

Deno.test("an error ends a command with the code of its kind", () => {
  assert.equal(exitCodeOfError(new TaskerError("NOT_FOUND", "x")), 3);
  assert.equal(exitCodeOfError(new TaskerError("DATABASE_UNUSABLE", "x")), 7);
  assert.equal(exitCodeOfError(new TaskerError("UNAVAILABLE", "x")), 7);
  assert.equal(exitCodeOfError(new TaskerError("INVALID_INPUT", "x")), 2);
  assert.equal(exitCodeOfError(new TaskerError("QUOTA_EXHAUSTED", "x")), 6);
  assert.equal(exitCodeOfError(new TaskerError("TASK_STALLED", "x")), 1);
  assert.equal(exitCodeOfError(new RangeError("x")), 1);
});

Deno.test("the parser's negative codes never reach the shell", () => {
  assert.equal(exitCodeOfParser(-4), EXIT.usage);
  assert.equal(exitCodeOfParser(-5), EXIT.usage);
  assert.equal(exitCodeOfParser(-1), EXIT.failed);
  assert.equal(exitCodeOfParser(-10), EXIT.failed);
  assert.equal(exitCodeOfParser(5), 5);
  assert.equal(exitCodeOfParser(0), 0);
});

Deno.test("several runs end with the worst of their codes", () => {
  assert.equal(worstExitCode([]), 0);
  assert.equal(worstExitCode([EXIT.ok, EXIT.incomplete, EXIT.ok]), 5);
  assert.equal(worstExitCode([EXIT.stopped, EXIT.incomplete, EXIT.failed]), 1);
});
