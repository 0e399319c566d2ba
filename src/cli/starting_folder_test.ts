import assert from "node:assert/strict";
import { startingFolder } from "./starting_folder.ts";

Deno.test("only a program started in its own checkout goes to where the task was called", () => {
  const task = { compiled: false, current: "/tasker", checkout: "/tasker", calledFrom: "/home/a" };
  assert.equal(startingFolder(task), "/home/a");
  assert.equal(startingFolder({ ...task, compiled: true }), undefined);
  assert.equal(startingFolder({ ...task, current: "/elsewhere" }), undefined);
  assert.equal(startingFolder({ ...task, calledFrom: undefined }), undefined);
  assert.equal(startingFolder({ ...task, calledFrom: "/tasker" }), undefined);
});
