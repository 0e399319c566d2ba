import assert from "node:assert/strict";
import {
  FRAME_STATUSES,
  FRAME_TRANSITIONS,
  type FrameStatus,
  frameStatusesBefore,
  isFrameSettled,
  isRunEnded,
  mayMoveFrame,
  mayMoveRun,
  RUN_STATUSES,
  RUN_TRANSITIONS,
  type RunStatus,
  runStatusesBefore,
} from "./states.ts";

Deno.test("both tables speak of every status and of no other", () => {
  assert.deepEqual(Object.keys(RUN_TRANSITIONS), [...RUN_STATUSES]);
  assert.deepEqual(Object.keys(FRAME_TRANSITIONS), [...FRAME_STATUSES]);
  for (const to of Object.values(RUN_TRANSITIONS).flat()) assert.ok(RUN_STATUSES.includes(to));
  for (const to of Object.values(FRAME_TRANSITIONS).flat()) assert.ok(FRAME_STATUSES.includes(to));
});

Deno.test("nothing leads on from an ended state", () => {
  for (const from of RUN_STATUSES.filter(isRunEnded)) assert.deepEqual(RUN_TRANSITIONS[from], []);
  for (const from of FRAME_STATUSES.filter(isFrameSettled)) assert.deepEqual(FRAME_TRANSITIONS[from], []);
});

Deno.test("every unfinished state can end, and every state can be reached", () => {
  for (const from of RUN_STATUSES.filter((status) => !isRunEnded(status))) {
    assert.ok(mayMoveRun(from, "cancelled") && mayMoveRun(from, "failed"), from);
  }
  for (const from of FRAME_STATUSES.filter((status) => !isFrameSettled(status))) {
    for (const to of FRAME_STATUSES.filter(isFrameSettled)) assert.ok(mayMoveFrame(from, to), `${from} → ${to}`);
  }
  for (const to of RUN_STATUSES) assert.notDeepEqual(runStatusesBefore(to), []);
  for (const to of FRAME_STATUSES) assert.notDeepEqual(frameStatusesBefore(to), []);
});

Deno.test("only resume leads out of held, and only to where a run can go on or end", () => {
  assert.deepEqual(RUN_TRANSITIONS.held, [
    "queued",
    "running",
    "suspended_waiting_child",
    "cancelling",
    "cancelled",
    "failed",
  ]);
  assert.equal(mayMoveRun("held", "completed"), false);
});

Deno.test("the tables have every arrow of the charts in src/README.md", () => {
  const text = Deno.readTextFileSync(new URL("../README.md", import.meta.url));
  const charts = [...text.matchAll(/```mermaid\nstateDiagram-v2\n(.*?)```/gs)].map(([, chart]) =>
    [...chart!.matchAll(/^ *(\w+) --> (\w+)/gm)].map(([, from, to]) => ({ from: from!, to: to! }))
  );
  const [runs, frames] = charts;
  assert.equal(charts.length, 2);
  for (const { from, to } of runs!) assert.ok(mayMoveRun(from as RunStatus, to as RunStatus), `${from} → ${to}`);
  for (const { from, to } of frames!) {
    assert.ok(mayMoveFrame(from as FrameStatus, to as FrameStatus), `${from} → ${to}`);
  }
  assert.ok(runs!.length >= 10 && frames!.length >= 10);
});
