import assert from "node:assert/strict";
import { type FrameStatus, mayMoveFrame, mayMoveRun, type RunStatus } from "../../src/core/states.ts";
import type { StackRun } from "../../src/store/stack_runs.ts";
import { LANES, type Model, type Seat } from "./model.ts";
import type { World } from "./world.ts";

/** Rows that must not be there. Whatever the model says, these are read from the file alone. */
export const NEVER: Readonly<Record<string, string>> = {
  "a gap in the order of deliveries": `
    SELECT run FROM stack_runs GROUP BY run HAVING count(delivery) != coalesce(max(delivery), 0)`,
  "an ended run with an open frame": `
    SELECT stack_runs.id FROM stack_runs JOIN task_runs USING (run)
    WHERE task_runs.ended_at IS NOT NULL AND stack_runs.ended_at IS NULL`,
  "an ended run with an unfinished one nested in it": `
    SELECT child.run FROM task_runs AS child JOIN task_runs AS parent ON parent.run = child.parent_run
    WHERE parent.ended_at IS NOT NULL AND child.ended_at IS NULL`,
  "a run whose root frame says otherwise": `
    SELECT task_runs.run FROM task_runs JOIN stack_runs ON stack_runs.id = root_frame
    WHERE (task_runs.ended_at IS NOT NULL OR stack_runs.ended_at IS NOT NULL)
      AND (task_runs.status, task_runs.result) IS NOT (stack_runs.status, stack_runs.result)`,
  "a held run with a frame that can be claimed": `
    SELECT stack_runs.id FROM stack_runs JOIN task_runs USING (run)
    WHERE task_runs.status = 'held' AND stack_runs.status = 'pending' AND blocked IS NULL`,
  "a frame blocked for a hold that is over": `
    SELECT stack_runs.id FROM stack_runs JOIN task_runs USING (run) WHERE task_runs.status != 'held' AND blocked = 'held'`,
  "an ended or held run that is said to have a realm": `
    SELECT run FROM task_runs WHERE live = 1 AND (ended_at IS NOT NULL OR status = 'held')`,
  "a settled frame that still waits": `
    SELECT id FROM stack_runs WHERE ended_at IS NOT NULL AND (ready_at OR blocked OR waiting_for) IS NOT NULL`,
  "a call in processing that is at once ready, waiting, or blocked": `
    SELECT id FROM stack_runs WHERE status = 'processing' AND (ready_at IS NOT NULL OR blocked IS NOT NULL)`,
  "a suspended run that waits for nothing": `
    SELECT run FROM task_runs WHERE status = 'suspended_waiting_child'
      AND NOT EXISTS (SELECT 1 FROM stack_runs WHERE stack_runs.run = task_runs.run AND seq > 0 AND ended_at IS NULL)`,
};

/** After every command: the file is as the model says, and as it must be whatever the model says. */
export function checkAll(model: Model, world: World): void {
  const { frames, runs } = world.rows();
  assert.deepEqual(frames.map(modelled.frame), model.rows.stackRuns.all.map(modelled.plainFrame));
  assert.deepEqual(runs.map(modelled.run), model.rows.taskRuns.all.map(modelled.plainRun));
  const { epoch, atWork } = world.reader.owner.read();
  assert.deepEqual({ epoch, atWork }, { epoch: model.epoch, atWork: model.atWork });
  assert.deepEqual(world.found(), []);
  checkFinal(world, { frames, runs });
  checkHands(model, world, { frames, runs });
}

/** What is settled stays as it is: a result is recorded once. */
function checkFinal(world: World, rows: ReturnType<World["rows"]>): void {
  for (const [table, all] of Object.entries(rows)) {
    for (const row of all) {
      if (row.ended_at === null) continue;
      const name = `${table} ${row.id}`;
      const text = JSON.stringify(row);
      assert.equal(text, world.final.get(name) ?? text, `${name} has changed after its end`);
      world.final.set(name, text);
    }
  }
}

/** A frame in processing is in the hands of one who can settle it, and of nobody else. */
function checkHands(model: Model, world: World, rows: ReturnType<World["rows"]>): void {
  const believers = [model.seats.a, model.seats.b].filter((one) => one !== undefined);
  const owners = believers.filter((one) => one.epoch === world.reader.owner.epoch());
  assert.ok(owners.length <= 1);
  if (owners[0] === undefined) return;
  const { stackRuns } = world.owners[owners[0] === model.seats.a ? "a" : "b"]!.store;
  for (const lane of [false, true]) {
    assert.ok(
      stackRuns.mayBeReady(lane) || model.rows.stackRuns.ready(lane).length === 0,
      "a ready frame is overlooked",
    );
  }
  const roots = new Set(rows.runs.map((run) => run.root_frame));
  const processing = rows.frames.filter(({ id, status }) => status === "processing" && !roots.has(id));
  for (const { id } of processing) {
    assert.ok(owners[0].inHand.has(id as number), `frame ${id} is in processing in no hands`);
  }
  assert.ok(processing.filter(({ lane }) => lane === 1).length <= LANES);
}

/** Every single change of a status that an owner has committed is in the table of moves. */
export function checkMoves(world: World, seat: Seat): void {
  for (const { what, before, after } of world.owners[seat]!.takeMoves()) {
    const may = what === "frame"
      ? mayMoveFrame(before as FrameStatus, after as FrameStatus)
      : mayMoveRun(before as RunStatus, after as RunStatus);
    assert.ok(may, `a ${what} went from ${before} to ${after}`);
  }
}

/**
 * Of what was claimed: only frames that wait for nothing; first in, first out within a run; and no run a second time
 * while another with a ready frame has not had its turn.
 */
export function checkClaims(claimed: readonly StackRun[], model: Model): void {
  for (const frame of claimed) {
    assert.deepEqual([frame.status, frame.readyAt, frame.blocked], ["processing", null, null]);
  }
  for (const lane of [false, true]) {
    const some = claimed.filter((frame) => frame.lane === lane);
    const left = model.rows.stackRuns.ready(lane);
    for (const [at, frame] of some.entries()) {
      const behind = [...some.slice(at + 1), ...left].filter((other) => other.run === frame.run);
      assert.ok(behind.every((other) => other.seq > frame.seq), `frame ${frame.id} was claimed before its turn`);
      const again = some.findIndex((other, index) => index > at && other.run === frame.run);
      if (again < 0) continue;
      const between = new Set(some.slice(at, again).map((other) => other.run));
      for (const { run } of [...some.slice(again), ...left]) {
        assert.ok(between.has(run), `run ${frame.run} was served twice before run ${run}`);
      }
    }
  }
}

/** The columns that the model speaks of. */
const modelled = {
  frame: (row: Record<string, unknown>) => [
    [row.id, row.run, row.seq, row.method, row.lane === 1, row.status, row.attempt, row.ready_at, row.blocked],
    [row.waiting_for, row.progress, row.result, row.error, row.delivery, row.delivered_at],
    [row.issued_at, row.started_at, row.ended_at],
  ],
  plainFrame: (row: StackRun) => [
    [row.id, row.run, row.seq, row.method, row.lane, row.status, row.attempt, row.readyAt, row.blocked],
    [row.waitingFor, row.progress, row.result, row.error, row.delivery, row.deliveredAt],
    [row.issuedAt, row.startedAt, row.endedAt],
  ],
  run: (row: Record<string, unknown>) => [
    [row.run, row.id, row.status, row.root_frame, row.parent_run, row.live === 1],
    [row.result, row.error, row.created_at, row.started_at, row.ended_at],
  ],
  plainRun: (row: Model["rows"]["taskRuns"]["all"][number]) => [
    [row.run, row.id, row.status, row.rootFrame, row.parentRun, row.live],
    [row.result, row.error, row.createdAt, row.startedAt, row.endedAt],
  ],
};
