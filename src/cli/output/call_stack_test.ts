import assert from "node:assert/strict";
import type { FrameView } from "../../server/api.ts";
import { nestedPrefix, renderFrame } from "./call_stack.ts";

const FRAME: FrameView = {
  id: "r.1",
  seq: 1,
  service: "gapi",
  method: "m",
  args: [],
  options: null,
  status: "completed",
  attempt: 3,
  readyAt: null,
  waitingFor: null,
  gate: null,
  error: null,
  resultBytes: 2,
  delivery: 1,
  issuedAt: 1_000,
  startedAt: 9_000,
  endedAt: 11_000,
  nestedRunId: null,
  startedRunId: null,
};
const OPTIONS = { now: 61_000, color: false, width: 0, prefix: "", isLast: false, atWork: true };

Deno.test("a call takes all the time from when it was issued, whatever attempt was the last", () => {
  assert.equal(renderFrame(FRAME, OPTIONS), "├─    1  ✓ completed  gapi.m()  10.0 s  3 attempts\n");
});

Deno.test("the time of an open call grows only while its run is at work", () => {
  const open = { ...FRAME, status: "pending", attempt: 1, endedAt: null } as const;
  assert.match(renderFrame(open, OPTIONS), /gapi\.m\(\) {2}1 min 00 s/);
  assert.equal(renderFrame(open, { ...OPTIONS, atWork: false }), "├─    1  … pending  gapi.m()  \n");
});

Deno.test("the last call closes its branch, and nothing runs on below it", () => {
  const last = { prefix: "│  ", isLast: true };
  assert.ok(renderFrame(FRAME, { ...OPTIONS, ...last }).startsWith("│  └─    1  "));
  assert.equal(nestedPrefix(last), "│     ");
  assert.equal(nestedPrefix({ ...last, isLast: false }), "│  │  ");
});
