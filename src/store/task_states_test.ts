import assert from "node:assert/strict";
import { FRAME_STATUSES, isFrameSettled, isRunEnded, mayMoveFrame, mayMoveRun, RUN_STATUSES } from "../core/states.ts";
import { type Bench, openBench } from "./bench.ts";

/** Puts a row into a state as nothing in the program can, with the columns that the state demands. */
function force(bench: Bench, table: "task_runs" | "stack_runs", status: string): void {
  const ended = ["completed", "failed", "cancelled"].includes(status);
  const key = table === "task_runs" ? `run = ${bench.run}` : `id = ${bench.frame}`;
  const delivery = table === "task_runs"
    ? ""
    : ", delivery = NULL, delivered_at = NULL, ready_at = NULL, blocked = NULL";
  bench.store.db.exec(
    `UPDATE ${table} SET status = '${status}', ended_at = ${ended ? 1 : "NULL"},
       result = ${status === "completed" ? "'1'" : "NULL"}, error = NULL ${delivery} WHERE ${key}`,
  );
}

Deno.test("the CHECK constraints accept every status of the tables in core, and no other", () => {
  using bench = openBench();
  for (const status of RUN_STATUSES) force(bench, "task_runs", status);
  for (const status of FRAME_STATUSES) force(bench, "stack_runs", status);
  for (const status of ["done", "", "Running", "suspended"]) {
    assert.throws(() => force(bench, "task_runs", status), /CHECK constraint failed/);
    assert.throws(() => force(bench, "stack_runs", status), /CHECK constraint failed/);
  }
});

Deno.test("a run is moved and ended exactly where the table of transitions allows it", () => {
  using bench = openBench();
  const { taskRuns } = bench.store;
  for (const from of RUN_STATUSES) {
    for (const to of ["running", "suspended_waiting_child", "held", "queued"] as const) {
      if (isRunEnded(from)) continue;
      force(bench, "task_runs", from);
      assert.equal(taskRuns.move(bench.run, to), mayMoveRun(from, to), `${from} → ${to}`);
    }
    for (const to of ["completed", "failed", "cancelled"] as const) {
      force(bench, "task_runs", from);
      const moved = taskRuns.end(bench.run, { status: to, ...(to === "completed" ? { result: "1" } : {}), now: 1 });
      assert.equal(moved, mayMoveRun(from, to), `${from} → ${to}`);
    }
  }
});

Deno.test("a frame is moved and settled exactly where the table of transitions allows it", () => {
  using bench = openBench();
  const { stackRuns } = bench.store;
  for (const from of FRAME_STATUSES) {
    for (const to of ["processing", "suspended_waiting_child", "pending_resume"] as const) {
      if (isFrameSettled(from)) continue;
      force(bench, "stack_runs", from);
      assert.equal(stackRuns.move(bench.frame, to), mayMoveFrame(from, to), `${from} → ${to}`);
    }
    for (const to of ["completed", "failed", "cancelled"] as const) {
      force(bench, "stack_runs", from);
      const moved = stackRuns.settle(bench.frame, {
        status: to,
        ...(to === "completed" ? { result: "1" } : {}),
        now: 1,
      });
      assert.equal(moved, mayMoveFrame(from, to), `${from} → ${to}`);
    }
  }
});

Deno.test("an end has its time and a completion its result; nothing else has", () => {
  using bench = openBench();
  const refused = [
    "UPDATE task_runs SET ended_at = 1",
    "UPDATE task_runs SET status = 'completed', ended_at = 1",
    "UPDATE task_runs SET result = '1'",
    "UPDATE task_runs SET result = 'no json', status = 'completed', ended_at = 1",
    "UPDATE stack_runs SET status = 'completed', ended_at = 1",
    "UPDATE stack_runs SET ended_at = 1",
    "UPDATE stack_runs SET delivery = 1, delivered_at = 1",
    "UPDATE stack_runs SET status = 'failed', ended_at = 1, delivery = 1",
  ];
  for (const sql of refused) assert.throws(() => bench.store.db.exec(sql), /CHECK constraint failed/, sql);
});
