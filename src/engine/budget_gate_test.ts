import assert from "node:assert/strict";
import { VirtualClock } from "../core/clock.ts";
import { Rig, type RigOptions } from "./rig.ts";

/** Calls one after another. */
const SEQUENCE = `module.exports = async ({ keys }) => {
  const seen = [];
  for (const key of keys) seen.push(await tools.outside.echo(key));
  return seen;
};`;
/** All at once. */
const WIDE = "module.exports = async ({ keys }) => await Promise.all(keys.map((key) => tools.outside.echo(key)));";

function sendingRig(options?: RigOptions): Rig {
  const rig = new Rig(options);
  rig.outside.usageOf = () => ({ units: 5, bytes: 100 });
  return rig;
}

const called = (rig: Rig) => rig.outside.calls.map(({ args }) => args[0]);

Deno.test("a run that reaches its budget waits without a lane, over its owner's death, until it is raised; others go on", async () => {
  await using rig = sendingRig({ lanes: 1 });
  rig.publish("sequence", SEQUENCE);
  rig.setBudget({ name: "few", limit: 2 });
  rig.takeOver();
  const id = await rig.submit("sequence", { keys: [1, 2, 3, 4] });
  await rig.overBudget(id);
  assert.deepEqual(called(rig), [1, 2]);
  assert.match(rig.frames(id)[2]!.waitingFor!, /room in the budget few \(2 of 2 calls used in this run\)/);
  assert.equal(rig.engine.activeRuns(), 0);
  // The next run has a budget of its own.
  assert.deepEqual(await rig.run("sequence", { keys: [5, 6] }), [5, 6]);
  rig.takeOver();
  await rig.overBudget(id);
  rig.setBudget({ name: "few", limit: 3 }, { goesOn: true });
  rig.engine.step();
  await rig.until(id, () => rig.frames(id).length === 4);
  await rig.overBudget(id);
  assert.deepEqual(called(rig), [1, 2, 5, 6, 3]);
  assert.equal(rig.spent("few", id), 3);
  rig.removeBudget("few");
  rig.engine.step();
  assert.deepEqual(await rig.result(id), [1, 2, 3, 4]);
});

Deno.test("a day's budget is renewed by itself when the clocks of its zone show the next one", async () => {
  const clock = new VirtualClock(Date.parse("2026-03-28T23:30:00Z"));
  await using rig = sendingRig({ clock });
  rig.publish("sequence", SEQUENCE);
  rig.setBudget({ name: "daily", limit: 2, per: "day", timeZone: "Europe/Berlin" });
  rig.takeOver();
  const id = await rig.submit("sequence", { keys: [1, 2, 3] });
  await rig.overBudget(id);
  const next = Date.parse("2026-03-29T22:00:00Z");
  assert.equal(rig.frames(id)[2]!.readyAt, next);
  // Held meanwhile, it goes on waiting for the same.
  await rig.engine.hold(id);
  await rig.engine.resume(id);
  await rig.overBudget(id);
  clock.advance(next - clock.now() - 1);
  rig.engine.step();
  await rig.overBudget(id);
  assert.deepEqual(called(rig), [1, 2]);
  clock.advance(1);
  assert.deepEqual(await rig.result(id), [1, 2, 3]);
  assert.deepEqual([rig.spent("daily", "2026-03-29"), rig.spent("daily", "2026-03-30")], [2, 1]);
});

Deno.test("nested runs spend what the run around them has, whichever of the tasks is named", async () => {
  await using rig = sendingRig();
  rig.publish("sequence", SEQUENCE);
  rig.publish(
    "outer",
    `module.exports = async () => {
      const run = (keys) => tools.tasks.execute("sequence", { keys });
      return [await run([1, 2]), await tools.outside.echo(3), await run([4, 5])];
    };`,
  );
  rig.setBudget({ name: "tree", limit: 4, task: "outer" });
  rig.setBudget({ name: "leaf", limit: 5, task: "sequence" });
  rig.takeOver();
  const inner = new Promise<string>((resolve) => {
    rig.outside.arrivedCall = ({ args, taskRunId }) => args[0] === 4 && resolve(taskRunId);
  });
  const id = await rig.submit("outer");
  await rig.overBudget(await inner);
  assert.deepEqual([called(rig), rig.spent("tree", id), rig.spent("leaf", id)], [[1, 2, 3, 4], 4, 3]);
  assert.equal(rig.engine.activeRuns(), 0);
  rig.setBudget({ name: "tree", limit: 5, task: "outer" }, { goesOn: true });
  rig.engine.step();
  assert.deepEqual(await rig.result(id), [[1, 2], 3, [4, 5]]);
});

Deno.test("every attempt that leaves counts; what does not leave, waits for a key or is held counts nothing", async () => {
  await using rig = sendingRig();
  rig.publish("wide", WIDE);
  rig.setBudget({ name: "calls", limit: 1_000 });
  rig.outside.concurrency = 1;
  rig.outside.usageOf = ({ args }) => args[0] === "stays" ? undefined : { units: 5, bytes: 100 };
  rig.outside.answer = ({ args, attempt }) =>
    args[0] === "again" && attempt < 3
      ? { type: "error", error: { name: "E", code: "UNAVAILABLE", message: "no" }, retry: { at: 0 } }
      : { type: "result", value: attempt };
  rig.takeOver();
  const id = await rig.submit("wide", { keys: ["again", "stays", "k", "k"] });
  assert.deepEqual(await rig.result(id), [3, 1, 1, 1]);
  assert.equal(rig.spent("calls", id), 5);
  rig.outside.pause();
  const held = await rig.submit("wide", { keys: ["x", "x"] });
  await rig.outside.arrived("x");
  await rig.engine.hold(held);
  rig.outside.unpause();
  await rig.engine.resume(held);
  assert.deepEqual(await rig.result(held), ["x", "x"].map(() => 1));
  // One attempt was on its way when the run was held.
  assert.equal(rig.spent("calls", held), 3);
});

Deno.test("a call is counted before it leaves: a death in between leaves it counted, and its repetition counts again", async () => {
  await using rig = sendingRig();
  rig.publish("wide", WIDE);
  rig.setBudget({ name: "calls", limit: 3 });
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("wide", { keys: ["a"] });
  await rig.outside.arrived("a");
  assert.equal(rig.spent("calls", id), 1);
  rig.takeOver();
  await rig.outside.arrived("a");
  assert.equal(rig.spent("calls", id), 2);
  rig.outside.unpause();
  await rig.result(id);
  assert.equal(rig.spent("calls", id), 2);
});

Deno.test("of many calls at once no more are made than fit, and those that are woken one by one use what is given back", async () => {
  await using rig = sendingRig({ lanes: 4 });
  rig.publish("wide", WIDE);
  const keys = Array.from({ length: 30 }, (_, n) => n);
  // What the service asks for at the most is more than it uses in the end.
  rig.outside.usageOf = () => ({ units: 2, bytes: 0 });
  rig.setBudget({ name: "units", measure: "units", limit: 40 });
  rig.takeOver();
  const id = await rig.submit("wide", { keys });
  // 18 are 36 units: the next may need 5.
  await rig.until(id, () => rig.spent("units", id) === 36);
  await rig.overBudget(id, 12);
  assert.equal(called(rig).length, 18);
  rig.setBudget({ name: "units", measure: "units", limit: 63 }, { goesOn: true });
  rig.engine.step();
  assert.deepEqual(await rig.result(id), keys);
  assert.equal(rig.spent("units", id), 60);
});

Deno.test("room that one run gives back is not offered to another that has none", async () => {
  await using rig = sendingRig();
  rig.publish("wide", WIDE);
  rig.publish("sequence", SEQUENCE);
  rig.setBudget({ name: "units", measure: "units", limit: 9 });
  rig.takeOver();
  const full = await rig.submit("sequence", { keys: [1, 2] });
  await rig.overBudget(full);
  rig.outside.usageOf = () => ({ units: 2, bytes: 0 });
  const other = await rig.submit("wide", { keys: [3, 4] });
  assert.deepEqual(await rig.result(other), [3, 4]);
});

Deno.test("bytes are known afterwards: the call that reaches the budget is the last", async () => {
  await using rig = sendingRig();
  rig.publish("sequence", SEQUENCE);
  rig.setBudget({ name: "bytes", measure: "bytes", limit: 250 });
  rig.setBudget({ name: "money", measure: "money", limit: 1_000, pricePerCall: 100, pricePerUnit: 20 });
  rig.takeOver();
  const id = await rig.submit("sequence", { keys: [1, 2, 3, 4] });
  await rig.overBudget(id);
  assert.deepEqual([called(rig), rig.spent("bytes", id), rig.spent("money", id)], [[1, 2, 3], 300, 600]);
});

Deno.test("a call that a rule denies or a person is asked about costs nothing, and one that is approved must fit", async () => {
  await using rig = sendingRig();
  rig.publish(
    "writer",
    "module.exports = async () => [await tools.outside.no(1).catch((e) => e.code), await tools.outside.write(2)];",
  );
  rig.addRule("deny", { method: "no" });
  rig.setBudget({ name: "calls", limit: 1 });
  rig.takeOver();
  const id = await rig.submit("writer");
  const [call] = await rig.asked(id);
  assert.equal(rig.spent("calls", id), 0);
  rig.setBudget({ name: "none", limit: 1, measure: "units" });
  rig.engine.step();
  await rig.engine.decide({ state: "approved", id: call!, by: "ann@test" });
  await rig.overBudget(id);
  assert.deepEqual(called(rig), []);
  rig.removeBudget("none");
  rig.engine.step();
  assert.deepEqual(await rig.result(id), ["POLICY_DENIED", 2]);
});

Deno.test("room that was offered to a call which another budget stops is offered to the next", async () => {
  await using rig = sendingRig();
  // What `x` was charged is given back.
  rig.outside.usageOf = ({ args }) => args[0] === "x" ? undefined : { units: 5, bytes: 100 };
  rig.publish("wide", WIDE);
  rig.setBudget({ name: "all", limit: 1 });
  rig.setBudget({ name: "none", measure: "units", limit: 1, where: [{ of: "key", is: "stopped" }] });
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("wide", { keys: ["x", "stopped", "next"] });
  await rig.outside.arrived("x");
  await rig.overBudget(id, 2);
  rig.outside.release("x");
  await rig.outside.arrived("next");
  rig.removeBudget("none");
  rig.removeBudget("all");
  rig.outside.unpause();
  assert.deepEqual(await rig.result(id), ["x", "stopped", "next"]);
});

for (const stop of ["hold", "cancel"] as const) {
  Deno.test(`room that was offered to a call of a run which meets a ${stop} is offered to the next`, async () => {
    await using rig = sendingRig({ lanes: 2 });
    rig.outside.usageOf = ({ args }) => args[0] === "x" ? undefined : { units: 5, bytes: 100 };
    rig.publish("sequence", SEQUENCE);
    rig.publish("free", SEQUENCE);
    rig.setBudget({ name: "one", limit: 1, per: "day", task: "sequence" });
    rig.outside.pause();
    rig.takeOver();
    const called = async (task: string, key: string) => {
      const id = await rig.submit(task, { keys: [key] });
      await rig.outside.arrived(key);
      return id;
    };
    const giving = await called("sequence", "x");
    const first = await rig.submit("sequence", { keys: ["first"] });
    await rig.overBudget(first);
    const next = await rig.submit("sequence", { keys: ["next"] });
    await rig.overBudget(next);
    // All lanes are taken when the first is woken.
    await called("free", "y");
    const behind = await rig.submit("free", { keys: ["z"] });
    await rig.until(behind, () => rig.frames(behind).length === 1);
    rig.outside.release("x");
    await rig.ended(giving);
    await rig.outside.arrived("y", "z");
    assert.equal(rig.frames(first)[0]!.blocked, null);
    await rig.engine[stop](first);
    rig.outside.release("y");
    await rig.outside.arrived("next");
    rig.outside.unpause();
    assert.deepEqual(await rig.result(next), ["next"]);
  });
}

Deno.test("a change of budgets is heard by a step that finds only calls of a run that has ended", async () => {
  await using rig = sendingRig();
  rig.publish("sequence", SEQUENCE);
  rig.publish("ends", "module.exports = () => tools.log.info('never made');");
  rig.setBudget({ name: "one", limit: 1, task: "sequence" });
  rig.takeOver();
  const id = await rig.submit("sequence", { keys: [1, 2] });
  await rig.overBudget(id);
  // The nudge that was to start its call gets lost.
  rig.nudge = () => {};
  const ends = await rig.submit("ends");
  await rig.until(ends, () => rig.frames(ends).length === 1);
  await rig.engine.cancel(ends, { now: true });
  rig.nudge = (engine) => queueMicrotask(() => engine.step());
  rig.setBudget({ name: "one", limit: 2, task: "sequence" }, { goesOn: true });
  rig.engine.step();
  assert.deepEqual(await rig.result(id), [1, 2]);
});
