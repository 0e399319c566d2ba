import assert from "node:assert/strict";
import { VirtualClock } from "../core/clock.ts";
import type { Service } from "../services/contract.ts";
import { Rig } from "./rig.ts";

const TWO = 'module.exports = async () => [await tools.outside.echo("a"), await tools.outside.echo("b")];';

/** A call that keeps how far it is when it is interrupted, and goes on from there. */
const reader: Service & { started: PromiseWithResolvers<void>; progress: unknown[] } = {
  name: "reader",
  local: false,
  started: Promise.withResolvers(),
  progress: [],
  traits: () => ({ repeatable: true }),
  call({ progress, signal }) {
    this.progress.push(progress ?? null);
    if (progress !== undefined) return { type: "result", value: ["kept", progress] };
    this.started.resolve();
    return new Promise((resolve) => {
      signal.addEventListener("abort", () => {
        const error = { name: "AbortError", code: "CANCELLED", message: "interrupted" };
        resolve({ type: "error", error, progress: 7 });
      });
    });
  },
};

Deno.test("hold aborts the calls in flight and keeps what they have; nothing goes on until resume", async () => {
  await using rig = new Rig({ services: [reader] });
  rig.publish("task", "module.exports = async () => await tools.reader.read();", { services: ["reader"] });
  rig.takeOver();
  const id = await rig.submit("task");
  await reader.started.promise;
  await rig.engine.hold(id);
  assert.equal(rig.row(id).status, "held");
  await rig.until(id, () => rig.frames(id)[0]!.blocked === "held");
  assert.equal(rig.engine.activeRuns(), 0);
  rig.takeOver();
  rig.engine.step();
  assert.deepEqual(reader.progress, [null]);
  await rig.engine.resume(id);
  assert.deepEqual(await rig.result(id), ["kept", 7]);
  assert.deepEqual(reader.progress, [null, 7]);
});

Deno.test("hold followed at once by resume loses no call in flight", async () => {
  await using rig = new Rig();
  rig.publish("task", TWO);
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("task");
  await rig.outside.arrived("a");
  const held = rig.engine.hold(id);
  await held;
  await rig.engine.resume(id);
  await rig.outside.arrived("a");
  rig.outside.unpause();
  assert.deepEqual(await rig.result(id), ["a", "b"]);
});

Deno.test("hold while the realm is being made, then resume, makes one realm", async () => {
  await using rig = new Rig();
  rig.publish("task", TWO);
  rig.takeOver();
  for (let round = 0; round < 10; round++) {
    const id = await rig.submit("task");
    rig.engine.step();
    await rig.engine.hold(id);
    await rig.engine.resume(id);
    assert.deepEqual(await rig.result(id), ["a", "b"]);
  }
});

Deno.test("a call that cannot be repeated is let go on while its run is held, and its result is kept", async () => {
  await using rig = new Rig();
  rig.publish("task", TWO);
  rig.outside.traitsOf = () => ({ repeatable: false });
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("task");
  await rig.outside.arrived("a");
  await rig.engine.hold(id);
  assert.equal(rig.outside.calls[0]!.signal.aborted, false);
  rig.outside.release("a");
  await rig.until(id, () => rig.frames(id)[0]!.status === "completed");
  assert.equal(rig.row(id).status, "held");
  assert.equal(rig.frames(id).length, 1);
  rig.outside.unpause();
  await rig.engine.resume(id);
  assert.deepEqual(await rig.result(id), ["a", "b"]);
  assert.equal(rig.outside.asked("a").length, 1);
});

Deno.test("hold and resume take the nested runs along", async () => {
  await using rig = new Rig();
  rig.publish("leaf", TWO);
  rig.publish("task", 'module.exports = async () => ({ leaf: await tools.tasks.execute("leaf") });');
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("task");
  await rig.outside.arrived("a");
  rig.outside.release("a");
  await rig.outside.arrived("b");
  await rig.engine.hold(id);
  assert.deepEqual(rig.store.taskRuns.unfinished().map((run) => run.status), ["held", "held"]);
  rig.outside.unpause();
  await rig.engine.resume(id);
  assert.deepEqual(await rig.result(id), { leaf: ["a", "b"] });
  assert.equal(rig.outside.asked("a").length, 1);
});

Deno.test("a run that is held before its nested run has begun holds that one too", async () => {
  await using rig = new Rig();
  rig.publish("leaf", TWO);
  rig.publish("task", 'module.exports = async () => ({ leaf: await tools.tasks.execute("leaf") });');
  rig.takeOver();
  const { nudge } = rig;
  const id = await rig.submit("task");
  // The step that claims the nested task and the hold share one transaction.
  rig.nudge = () => {};
  await rig.until(id, () => rig.frames(id).length === 1);
  rig.engine.step();
  await rig.engine.hold(id);
  assert.deepEqual(rig.store.taskRuns.unfinished().map((run) => run.status), ["held", "held"]);
  rig.nudge = nudge;
  await rig.engine.resume(id);
  assert.deepEqual(await rig.result(id), { leaf: ["a", "b"] });
});

Deno.test("a run can be held before it begins, is not started by a step or a takeover, and starts when it is resumed", async () => {
  await using rig = new Rig();
  rig.publish("task", TWO, { limits: { concurrency: 1 } });
  rig.outside.pause();
  rig.takeOver();
  const first = await rig.submit("task");
  const id = await rig.submit("task");
  await rig.outside.arrived("a");
  await rig.engine.hold(id);
  rig.takeOver();
  rig.outside.unpause();
  await rig.result(first);
  rig.engine.step();
  assert.equal(rig.row(id).status, "held");
  assert.equal(rig.realms(), 0);
  assert.deepEqual(rig.frames(id), []);
  await rig.engine.resume(id);
  assert.deepEqual(await rig.result(id), ["a", "b"]);
});

Deno.test("resume leaves a run alone that is not held; it and hold and cancel refuse one that has ended", async () => {
  await using rig = new Rig();
  rig.publish("task", TWO);
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("task");
  await rig.outside.arrived("a");
  await rig.engine.resume(id);
  rig.outside.unpause();
  await rig.ended(id);
  for (const act of ["hold", "resume", "cancel"] as const) {
    await assert.rejects(rig.engine[act](id), { code: "CONFLICT", message: `run ${id} has ended already: completed` });
    await assert.rejects(rig.engine[act]("nobody"), { code: "NOT_FOUND" });
  }
});

Deno.test("a run is cancelled in every state, and what its calls still answer is dropped", async () => {
  await using rig = new Rig();
  rig.publish("task", TWO);
  rig.outside.traitsOf = () => ({ repeatable: false });
  rig.outside.pause();
  rig.takeOver();
  const cancelled = async (id: string) => {
    await rig.engine.cancel(id);
    const row = await rig.ended(id);
    assert.deepEqual([row.status, JSON.parse(row.error!).code], ["cancelled", "CANCELLED"]);
    assert.deepEqual(rig.store.stackRuns.open(row.run), []);
  };
  const suspended = await rig.submit("task");
  await rig.outside.arrived("a");
  await cancelled(suspended);
  rig.outside.release("a");
  const next = await rig.submit("task");
  await rig.outside.arrived("a");
  assert.equal(rig.frames(suspended)[0]!.status, "cancelled");
  assert.equal(rig.frames(suspended)[0]!.result, null);
  await rig.engine.hold(next);
  await cancelled(next);
  rig.nudge = () => {};
  const queued = await rig.submit("task");
  await cancelled(queued);
  rig.nudge = (engine) => queueMicrotask(() => engine.step());
  assert.equal(rig.engine.activeRuns(), 0);
});

Deno.test("a run that is held while its turn waits for one that runs alone harms neither", async () => {
  await using rig = new Rig();
  rig.publish("task", TWO);
  rig.publish(
    "suspect",
    'module.exports = async () => { await tools.outside.echo("s"); for (let i = 0; i < 2e8; i++); return "s"; };',
  );
  rig.outside.pause();
  rig.takeOver();
  const suspect = await rig.submit("suspect");
  await rig.until(suspect, (run) => run.status === "suspended_waiting_child");
  rig.takeOver();
  const id = await rig.submit("task");
  await rig.outside.arrived("s", "a");
  await rig.until(id, (run) => run.status === "suspended_waiting_child");
  rig.outside.release("s");
  await rig.until(suspect, () => rig.frames(suspect)[0]!.status === "completed");
  rig.outside.release("a");
  await rig.until(id, () => rig.frames(id)[0]!.status === "completed");
  await rig.engine.hold(id);
  rig.outside.unpause();
  assert.equal(await rig.result(suspect), "s");
  await rig.engine.resume(id);
  assert.deepEqual(await rig.result(id), ["a", "b"]);
});

Deno.test("a run that was held before it was claimed starts at the time it is claimed, in every replay", async () => {
  const clock = new VirtualClock();
  await using rig = new Rig({ clock });
  rig.publish("task", "module.exports = async () => [Date.now(), await tools.outside.echo(Date.now())];");
  rig.outside.pause();
  rig.nudge = () => {};
  rig.takeOver();
  // So many that not all are claimed by the commit that makes them.
  const ids = await Promise.all(Array.from({ length: 300 }, () => rig.submit("task")));
  const id = ids.findLast((one) => rig.row(one).status === "queued")!;
  await rig.engine.hold(id);
  for (const other of ids) if (other !== id) await rig.engine.cancel(other);
  clock.advance(60_000);
  rig.nudge = (engine) => queueMicrotask(() => engine.step());
  await rig.engine.resume(id);
  await rig.outside.next();
  rig.takeOver();
  await Promise.race([rig.outside.next(), rig.ended(id)]);
  rig.outside.unpause();
  const now = clock.now();
  assert.deepEqual(await rig.result(id), [now, String(now)]);
});

Deno.test("a cancel that comes while the run's own end is on its way is refused", async () => {
  // No time passes: while the other realm is at work, what is staged waits for company.
  await using rig = new Rig({ clock: new VirtualClock() });
  rig.publish("task", "module.exports = async () => await tools.outside.echo(1);");
  rig.publish("busy", "module.exports = () => { let n = 0; while (n < 3e8) n++; return n; };");
  rig.takeOver();
  rig.outside.pause();
  const id = await rig.submit("task");
  await rig.outside.arrived("1");
  const busy = await rig.submit("busy");
  await rig.until(busy, ({ status }) => status === "running");
  rig.outside.release("1");
  await new Promise((resolve) => setTimeout(resolve, 100));
  await assert.rejects(rig.engine.cancel(id), { code: "CONFLICT", message: /has ended already: completed/ });
  assert.equal(rig.row(id).status, "completed");
});
