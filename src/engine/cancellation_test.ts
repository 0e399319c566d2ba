import assert from "node:assert/strict";
import { VirtualClock } from "../core/clock.ts";
import type { Manifest } from "../core/manifest.ts";
import { Rig } from "./rig.ts";

const START = Date.UTC(2026, 0, 1);

function rigWith(
  body: string,
  options: { clock?: VirtualClock; manifest?: Partial<Manifest>; maxRealms?: number } = {},
): Rig {
  const { clock = new VirtualClock(START), manifest = {}, maxRealms = 1_000 } = options;
  const rig = new Rig({ clock, maxRealms });
  rig.publish("task", `module.exports = async (input) => { ${body} };`, manifest);
  rig.outside.pause();
  rig.takeOver();
  return rig;
}

/** The records that a run has kept. */
function kept(rig: Rig, id: string): unknown[] {
  return [...rig.store.records.each({ run: rig.row(id).run })].map(({ data }) => data);
}

/** The error that a run has ended with. */
function errorOf(rig: Rig, id: string): { name: string; code: string; message: string } {
  return JSON.parse(rig.row(id).error!);
}

Deno.test("a cancelled run is told at its call, cleans up with calls, and ends cancelled", async () => {
  await using rig = rigWith(`
    try {
      await tools.outside.echo("work");
    } catch (error) {
      await tools.records.append("row", [error.name, error.code]);
      throw error;
    } finally {
      await tools.records.append("row", await tools.outside.echo("clean"));
    }`);
  const id = await rig.submit("task");
  await rig.outside.arrived("work");
  await rig.engine.cancel(id);
  assert.equal(rig.row(id).status, "cancelling");
  await rig.engine.cancel(id);
  await assert.rejects(rig.engine.hold(id), { code: "CONFLICT", message: /being cancelled/ });
  await rig.outside.arrived("clean");
  rig.outside.release("clean");
  assert.equal((await rig.ended(id)).status, "cancelled");
  assert.deepEqual(kept(rig, id), ["CancelledError", "CANCELLED", "clean"]);
  assert.deepEqual(errorOf(rig, id), { name: "CancelledError", code: "CANCELLED", message: "the run was cancelled" });
  assert.deepEqual(rig.frames(id).map(({ status }) => status), ["cancelled", "completed", "completed", "completed"]);
  await assert.rejects(rig.engine.cancel(id), { code: "CONFLICT" });
});

Deno.test("what was known already is kept, all that is open is told, and what comes too late is dropped", async () => {
  await using rig = rigWith(`
    const all = await Promise.allSettled([tools.outside.echo("a"), tools.outside.echo("b"), tools.timer.sleep("1 day"),
      tools.signals.wait("s")]);
    await tools.records.append("row", all.map((one) => one.value ?? one.reason.message));`);
  rig.outside.traitsOf = () => ({ repeatable: false });
  const id = await rig.submit("task");
  await rig.outside.arrived("a", "b");
  rig.outside.release("a");
  await rig.until(id, (run) => rig.store.stackRuns.last(run.run).delivery === 1);
  await rig.engine.cancel(id);
  rig.outside.release("b");
  assert.equal((await rig.ended(id)).status, "cancelled");
  const told = "the run was cancelled";
  const unknown = `${told}; the call may or may not have happened: its run was cancelled while it was in flight`;
  assert.deepEqual(kept(rig, id), ["a", unknown, told, told]);
  assert.ok(rig.frames(id).every(({ endedAt }) => endedAt !== null));
});

Deno.test("a clean-up that takes too long is cut off, one that fails says so, and --now needs none", async () => {
  const clock = new VirtualClock(START);
  await using rig = rigWith(
    `
    try { await tools.outside.echo("work"); } finally {
      if (input.fails) throw new Error("no way");
      await tools.outside.echo("clean");
    }`,
    { clock, manifest: { limits: { cleanUp: "5s" } } },
  );
  const slow = await rig.submit("task");
  await rig.outside.arrived("work");
  await rig.engine.cancel(slow);
  await rig.outside.arrived("clean");
  clock.advance(4_999);
  assert.equal(rig.row(slow).status, "cancelling");
  clock.advance(1);
  await rig.ended(slow);
  assert.equal(errorOf(rig, slow).message, "the run was cancelled; its clean-up took too long and was cut off");

  const failing = await rig.submit("task", { fails: true });
  await rig.outside.arrived("work");
  await rig.engine.cancel(failing);
  await rig.ended(failing);
  assert.equal(errorOf(rig, failing).message, "the run was cancelled; its clean-up failed: TASK_FAILED: no way");

  for (const isCleaning of [false, true]) {
    const id = await rig.submit("task");
    await rig.outside.arrived("work");
    if (isCleaning) {
      await rig.engine.cancel(id);
      await rig.outside.arrived("clean");
    }
    await rig.engine.cancel(id, { now: true });
    assert.equal(rig.row(id).status, "cancelled");
  }
  assert.deepEqual(rig.outside.waiting, []);
});

Deno.test("what is nested is cancelled and cleaned up first, then the run around it", async () => {
  await using rig = rigWith(`
    if (input.inner) {
      try { await tools.outside.echo("inner"); } finally { await tools.outside.echo("clean inner"); }
    }
    const inner = tools.tasks.execute("task", { inner: true });
    try { await Promise.all([inner, tools.timer.sleep("1 h")]); } catch (error) {
      await tools.records.append("row", error.name);
      const again = await tools.tasks.execute("small").catch((error) => error.code);
      await tools.records.append("row", again);
    }`);
  rig.publish("small", "module.exports = async () => 7;");
  const id = await rig.submit("task");
  await rig.outside.arrived("inner");
  await rig.engine.cancel(id);
  await rig.outside.arrived("clean inner");
  const [child] = rig.store.nestedRuns.open(rig.row(id).run);
  assert.equal(child!.status, "cancelling");
  assert.deepEqual(kept(rig, id), [], "not told yet");
  assert.ok(rig.row(id).dueAt! >= child!.dueAt! + 30_000, "it has its own time after that");
  rig.takeOver();
  await rig.outside.arrived("clean inner");
  rig.outside.release("clean inner");
  assert.equal((await rig.ended(id)).status, "cancelled");
  assert.deepEqual(kept(rig, id), ["CancelledError", 7]);
  assert.equal(rig.row(child!.id).status, "cancelled");
});

Deno.test("a cancellation survives the owner at every moment, and a replay sees the same", async () => {
  const body = `
    const seen = [];
    try {
      for (;;) seen.push(await Promise.all([tools.outside.echo("a" + seen.length), tools.outside.echo("b" + seen.length)]));
    } catch (error) {
      seen.push(error.name, Date.now());
      for (const name of ["x", "y"]) seen.push(await tools.outside.echo(name));
    } finally {
      await tools.records.append("row", [seen]);
    }`;
  const course = async (deaths: readonly number[], maxRealms: number) => {
    await using rig = rigWith(body, { maxRealms });
    let step = 0;
    const mayDie = () => deaths.includes(step++) && rig.takeOver();
    const id = await rig.submit("task");
    for (const key of ["a0", "b0"]) {
      await rig.outside.arrived(key);
      mayDie();
      await rig.outside.arrived(key);
      rig.outside.release(key);
    }
    await rig.outside.arrived("a1", "b1");
    await rig.engine.cancel(id);
    mayDie();
    for (const key of ["x", "y"]) {
      await rig.outside.arrived(key);
      mayDie();
      await rig.outside.arrived(key);
      rig.outside.release(key);
    }
    mayDie();
    // What the last one has not recorded is asked again.
    rig.outside.unpause();
    await rig.ended(id);
    return [
      rig.row(id).status,
      kept(rig, id),
      rig.frames(id).map(({ seq, status, delivery }) => [seq, status, delivery]),
    ];
  };
  const undisturbed = await course([], 1_000);
  for (const deaths of [[2], [3], [0, 2, 3, 4, 5], [5]]) assert.deepEqual(await course(deaths, 1), undisturbed);
});

Deno.test("a held run, a parked one, and one that is at work when it is cancelled clean up; one that has not begun ends at once", async () => {
  await using rig = rigWith(
    `
    try { for (let i = 0; ; i++) await tools.outside.echo(input.name + i); }
    finally { await tools.records.append("row", input.name); }`,
    { maxRealms: 1 },
  );
  const held = await rig.submit("task", { name: "held" });
  await rig.outside.arrived("held0");
  await rig.engine.hold(held);
  const working = await rig.submit("task", { name: "working" });
  await rig.outside.arrived("working0");
  rig.outside.release("working0");
  // Its next turn is on its way now.
  await rig.engine.cancel(working);
  await rig.engine.cancel(held);
  for (const [id, name] of [[held, "held"], [working, "working"]] as const) {
    assert.equal((await rig.ended(id)).status, "cancelled");
    assert.deepEqual(kept(rig, id), [name]);
  }
  rig.publish("queueing", "module.exports = () => tools.outside.echo('first')", { limits: { concurrency: 1 } });
  await rig.submit("queueing");
  const queued = await rig.submit("queueing");
  await rig.outside.arrived("first");
  await rig.engine.cancel(queued);
  assert.deepEqual([rig.row(queued).status, kept(rig, queued)], ["cancelled", []]);
});

Deno.test("what waits with setTimeout is told at its next call, and what nobody awaits is no failure", async () => {
  await using rig = rigWith(`
    const forgotten = tools.outside.echo("forgotten");
    const seen = [];
    let ticks = 0;
    setInterval(() => ticks++, 60_000);
    try {
      await new Promise((resolve) => setTimeout(resolve, 3_600_000));
      await tools.outside.echo("next");
    } catch (error) { seen.push(error.name); }
    finally { await tools.records.append("row", [[...seen, ticks]]); }
    await forgotten;`);
  rig.outside.unpause();
  const alone = await rig.submit("task");
  await rig.until(
    alone,
    (run) => rig.store.stackRuns.last(run.run).delivery === 1 && run.status === "suspended_waiting_child",
  );
  await rig.engine.cancel(alone);
  await rig.ended(alone);
  assert.deepEqual(kept(rig, alone), [["CancelledError", 0]]);
  rig.outside.pause();
  const both = await rig.submit("task");
  await rig.outside.arrived("forgotten");
  await rig.engine.cancel(both);
  await rig.outside.arrived("next");
  rig.outside.release("next");
  await rig.ended(both);
  assert.deepEqual(kept(rig, both), [[0]], "its call was told, and so the code goes on");
});

Deno.test("a run that is not over at its deadline is cancelled in the same way, and has failed by it", async () => {
  const clock = new VirtualClock(START);
  await using rig = rigWith(
    `
    if (input.inner) return await tools.outside.echo("inner");
    try { await tools.tasks.execute("task", { inner: true }); }
    catch (error) { await tools.records.append("row", [[error.name, error.code]]); throw error; }
    finally { if (input.stays) await tools.outside.echo("stays"); }`,
    { clock },
  );
  const submit = async (input: { stays: boolean }, deadline: number) =>
    (await rig.engine.submit({ taskName: "task", input, deadline })).taskRunId;
  const id = await submit({ stays: false }, 60_000);
  await rig.outside.arrived("inner");
  clock.advance(59_999);
  assert.equal(rig.row(id).status, "suspended_waiting_child");
  clock.advance(1);
  assert.equal((await rig.ended(id)).status, "failed");
  const { code, message } = errorOf(rig, id);
  assert.deepEqual([code, message], [
    "DEADLINE_EXCEEDED",
    "the run was not over at its deadline, 1 min after its submission",
  ]);
  assert.deepEqual(kept(rig, id), [["CancelledError", "CANCELLED"]]);
  assert.equal(rig.store.taskRuns.get(2)!.status, "cancelled");

  const stays = await submit({ stays: true }, 1_000);
  await rig.outside.arrived("inner");
  // While it is held nothing is done to it, and an owner that takes it over knows of it.
  await rig.engine.hold(stays);
  clock.advance(2_000);
  rig.takeOver();
  assert.equal(rig.row(stays).status, "held");
  await rig.engine.resume(stays);
  await rig.outside.arrived("stays");
  clock.advance(30_000);
  clock.advance(30_000);
  assert.equal((await rig.ended(stays)).status, "failed");
  assert.match(errorOf(rig, stays).message, /^the run was not over at its deadline, 1 s after .*cut off$/);

  const late = await submit({ stays: false }, 0);
  assert.equal((await rig.ended(late)).status, "failed");
});
