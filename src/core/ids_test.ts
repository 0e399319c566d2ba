import assert from "node:assert/strict";
import { frameId, parseFrameId } from "./ids.ts";

Deno.test("a frame's id is its run's id and its seq, both ways; anything else is refused", () => {
  assert.equal(frameId("r.1", 12), "r.1.12");
  assert.deepEqual(parseFrameId("r.1.12"), { taskRunId: "r.1", seq: 12 });
  for (const id of ["", "r", ".1", "r.x", "r.-1", "r.1.5e400"]) {
    assert.throws(() => parseFrameId(id), { code: "INVALID_INPUT" });
  }
});
