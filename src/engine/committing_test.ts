import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { VirtualClock } from "../core/clock.ts";
import { openStore } from "../store/store.ts";
import { Rig } from "./rig.ts";

const LOOP =
  `module.exports = async ({ n }) => { let sum = 0; for (let i = 0; i < n; i++) sum += await tools.outside.echo(i); return sum; };`;

Deno.test("an outside call starts only after its intent is in the file, and after every result before it", async () => {
  await using rig = new Rig();
  rig.publish("task", LOOP);
  // Another connection sees what is committed and nothing else.
  const other = openStore(rig.path);
  try {
    rig.outside.answer = (call) => {
      const run = other.taskRuns.byId(call.taskRunId)!.run;
      const frames = other.stackRuns.page({ run, after: 0, limit: 100 });
      const n = call.args[0] as number;
      assert.equal(frames.length, n + 1);
      assert.equal(frames[n]!.args, `[${n}]`);
      assert.deepEqual(frames.slice(0, n).map((frame) => frame.result), Array.from({ length: n }, (_, i) => `${i}`));
      return { type: "result", value: n };
    };
    rig.takeOver();
    assert.equal(await rig.run("task", { n: 10 }), 45);
  } finally {
    other.close();
  }
});

Deno.test("a result, the calls it causes, their claim and the state of the run are one commit", async () => {
  await using rig = new Rig({ longestWait: 10_000 });
  rig.publish("task", LOOP);
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("task", { n: 3 });
  const seen: string[] = [];
  const stop = rig.engine.watch(id, () => seen.push(rig.frames(id).map((frame) => frame.status).join()));
  await rig.outside.arrived("0");
  seen.length = 0;
  rig.outside.release("0", { type: "result", value: 0 });
  await rig.outside.arrived("1");
  stop();
  assert.deepEqual(seen, ["completed,processing"]);
});

Deno.test("calls that settle together share a commit", async () => {
  await using rig = new Rig();
  rig.publish(
    "task",
    "module.exports = async ({ n }) => (await Promise.all(Array.from({ length: n }, (_, i) => tools.outside.echo(i)))).length;",
  );
  rig.takeOver();
  const id = await rig.submit("task", { n: 32 });
  let commits = 0;
  const stop = rig.engine.watch(id, () => commits++);
  await rig.ended(id);
  stop();
  assert.ok(commits <= 8, `${commits} commits`);
});

Deno.test("an owner whose epoch is gone commits nothing more, forgets what its realms have seen, and reports it", async () => {
  await using rig = new Rig();
  rig.publish("task", LOOP);
  rig.outside.pause();
  const before = rig.takeOver();
  const id = await rig.submit("task", { n: 2 });
  await rig.outside.arrived("0");
  const changes: unknown[] = [];
  before.watch(id, () => changes.push(rig.frames(id)));
  rig.store.db.transaction(() => rig.store.owner.take(1, 0));
  rig.outside.release("0", { type: "result", value: 100 });
  const error = await before.failed as Error & { code: string };
  assert.equal(error.code, "NOT_OWNER");
  assert.equal(rig.realms(), 0);
  assert.deepEqual(rig.frames(id).map((frame) => frame.status), ["processing"]);
  assert.deepEqual(changes, []);
  await assert.rejects(before.submit({ taskName: "task", input: { n: 1 } }), { code: "UNAVAILABLE" });
  before.step();
  assert.equal(rig.outside.calls.length, 1);
  await before.stop();
  rig.outside.answer = (call) => ({ type: "result", value: call.args[0]! });
  rig.outside.unpause();
  rig.takeOver();
  assert.equal(await rig.result(id), 1);
});

Deno.test("a submit, a hold and a cancel that could not be committed are refused with the reason", async () => {
  for (const act of ["submit", "hold", "cancel"] as const) {
    await using rig = new Rig();
    rig.publish("task", LOOP);
    rig.outside.pause();
    const engine = rig.takeOver();
    const id = await rig.submit("task", { n: 1 });
    await rig.outside.arrived("0");
    rig.store.db.transaction(() => rig.store.owner.take(1, 0));
    const refused = act === "submit" ? engine.submit({ taskName: "task", input: { n: 1 } }) : engine[act](id);
    await assert.rejects(refused, { code: "NOT_OWNER" });
    assert.equal(rig.row(id).status, "suspended_waiting_child");
    assert.equal(rig.store.taskRuns.newest({ limit: 9 }).length, 1);
  }
});

Deno.test("a part of a transaction that is refused is undone alone", async () => {
  await using rig = new Rig();
  rig.publish("task", LOOP);
  rig.takeOver();
  const submits = await Promise.allSettled([
    rig.submit("task", { n: 1 }),
    rig.submit("nobody"),
    rig.submit("task", { n: 2 }),
  ]);
  assert.deepEqual(submits.map((one) => one.status), ["fulfilled", "rejected", "fulfilled"]);
  assert.equal(rig.store.taskRuns.newest({ limit: 9 }).length, 2);
});

Deno.test("stop commits what is there and leaves the rest for the next owner", async () => {
  await using rig = new Rig();
  rig.publish("task", LOOP);
  rig.outside.pause();
  const engine = rig.takeOver();
  const id = await rig.submit("task", { n: 2 });
  await rig.outside.arrived("0");
  await engine.stop();
  await engine.stop();
  assert.deepEqual(rig.frames(id).map((frame) => [frame.status, frame.attempt]), [["pending", 0]]);
  assert.deepEqual(rig.store.taskRuns.suspects(), []);
  rig.outside.answer = (call) => ({ type: "result", value: call.args[0]! });
  rig.outside.unpause();
  rig.takeOver();
  assert.equal(await rig.result(id), 1);
});

Deno.test("a stop makes no commit for calls that it will not claim, however long a realm computes", async () => {
  const clock = new VirtualClock();
  await using rig = new Rig({ clock });
  rig.publish(
    "task",
    `module.exports = async () => { await tools.outside.echo("a"); for (let i = 0; i < 3e8; i++); };`,
  );
  // What is in flight is waited for.
  rig.outside.traitsOf = () => ({ repeatable: false, timeout: Infinity });
  rig.outside.pause();
  const engine = rig.takeOver();
  for (const _ of [1, 2]) await rig.submit("task");
  while (rig.outside.waiting.length < 2) await rig.outside.next();
  // Claimed and not started: it is given back, and ready.
  rig.nudge = () => {};
  await rig.submit("task");
  let commits = 0;
  const { transaction } = rig.store.db;
  rig.store.db.transaction = (work, options) => {
    if (++commits > 20) throw new Error("too many commits");
    return transaction(work, options);
  };
  rig.outside.release("a");
  // Its realm gets that, and is at work.
  await setImmediate();
  const stopping = engine.stop();
  clock.advance(1);
  await setImmediate();
  rig.outside.unpause();
  await stopping;
  assert.ok(commits <= 20, `${commits} commits`);
});

Deno.test("a nudge that is lost is made up for within two seconds, and no timer runs when there is nothing to do", async () => {
  const clock = new VirtualClock();
  await using rig = new Rig({ clock });
  rig.publish("task", LOOP);
  rig.nudge = () => {};
  rig.takeOver();
  const id = await rig.submit("task", { n: 3 });
  for (let call = 1; call <= 3; call++) {
    clock.advance(2_000);
    if (call === 1) await rig.until(id, () => rig.frames(id).length === 1);
    clock.advance(2_000);
    if (call < 3) await rig.until(id, () => rig.frames(id).length === call + 1);
  }
  assert.equal(await rig.result(id), 3);
  clock.advance(2_000);
  assert.equal(clock.nextWake(), undefined);
});
