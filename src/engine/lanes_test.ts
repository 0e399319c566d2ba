import assert from "node:assert/strict";
import { VirtualClock } from "../core/clock.ts";
import { Rig } from "./rig.ts";

const PARALLEL = "module.exports = ({ keys }) => Promise.all(keys.map((key) => tools.outside.echo(key)));";

/** Settles when as many frames of a run are in the state. */
function frames(rig: Rig, id: string, count: number, is: { status?: string; blocked?: string }): Promise<unknown> {
  const fits = () =>
    rig.frames(id).filter((frame) =>
      (is.status === undefined || frame.status === is.status) &&
      (is.blocked === undefined || frame.blocked === is.blocked)
    ).length === count;
  return rig.until(id, fits);
}

Deno.test("no more outside calls are in flight than there are lanes", async () => {
  await using rig = new Rig({ lanes: 3 });
  rig.publish("task", PARALLEL);
  let inFlight = 0;
  let most = 0;
  rig.outside.answer = async () => {
    most = Math.max(most, ++inFlight);
    await new Promise((resolve) => queueMicrotask(() => resolve(null)));
    inFlight--;
    return { type: "result", value: null };
  };
  rig.takeOver();
  await rig.run("task", { keys: Array.from({ length: 50 }, (_, key) => key) });
  assert.equal(most, 3);
});

Deno.test("one lane gives strict sequence: in order of issue within a run, one run after another", async () => {
  await using rig = new Rig({ lanes: 1 });
  rig.publish("task", PARALLEL);
  rig.outside.pause();
  rig.takeOver();
  const first = await rig.submit("task", { keys: ["a1", "a2", "a3"] });
  await rig.outside.arrived("a1");
  const second = await rig.submit("task", { keys: ["b1", "b2", "b3"] });
  await frames(rig, second, 3, { status: "pending" });
  const order: string[] = [];
  for (let call = 0; call < 6; call++) {
    const [key] = rig.outside.waiting;
    assert.equal(rig.outside.waiting.length, 1);
    order.push(key!);
    const answered = frames(rig, key![0] === "a" ? first : second, Number(key![1]), { status: "completed" });
    rig.outside.release(key!);
    await answered;
    if (call < 5) await arrival(rig);
  }
  assert.deepEqual(order, ["a1", "b1", "a2", "b2", "a3", "b3"]);
  await rig.ended(first);
  await rig.ended(second);
});

/** Settles when any call waits. */
async function arrival(rig: Rig): Promise<void> {
  while (rig.outside.waiting.length === 0) await rig.outside.next();
}

Deno.test("calls of one key queue for each other without a lane, and those of other keys go on", async () => {
  await using rig = new Rig({ lanes: 2 });
  rig.publish("task", "module.exports = ({ keys }) => Promise.all(keys.map((key) => tools.outside.echo(key)));");
  rig.outside.concurrency = 1;
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("task", { keys: ["same", "same", "same"] });
  await rig.outside.arrived("same");
  await frames(rig, id, 2, { blocked: "key outside same" });
  assert.equal(rig.engine.busyLanes, 1);
  const other = await rig.submit("task", { keys: ["other"] });
  await rig.outside.arrived("other");
  rig.outside.release("other");
  await rig.ended(other);
  for (let call = 1; call <= 3; call++) {
    await rig.outside.arrived("same");
    assert.equal(rig.outside.asked("same").length, call);
    rig.outside.release("same");
  }
  assert.deepEqual(await rig.result(id), ["same", "same", "same"]);
});

Deno.test("a key is passed on when the run that was next for it is cancelled", async () => {
  await using rig = new Rig();
  rig.publish("task", PARALLEL);
  rig.outside.concurrency = 1;
  rig.outside.pause();
  rig.takeOver();
  const [first, second, third] = [
    await rig.submit("task", { keys: ["same"] }),
    await rig.submit("task", { keys: ["same"] }),
    await rig.submit("task", { keys: ["same"] }),
  ];
  await rig.outside.arrived("same");
  for (const id of [second, third]) await frames(rig, id, 1, { blocked: "key outside same" });
  // No step until the second run, which is next for the key now, has been cancelled.
  const { nudge } = rig;
  rig.nudge = () => {};
  rig.outside.release("same");
  await rig.ended(first);
  assert.equal(rig.frames(second)[0]!.blocked, null);
  await rig.engine.cancel(second);
  rig.nudge = nudge;
  rig.engine.step();
  await rig.outside.arrived("same");
  rig.outside.release("same");
  assert.deepEqual(await rig.result(third), ["same"]);
});

Deno.test("calls that wait for a time hold no lane", async () => {
  const clock = new VirtualClock();
  await using rig = new Rig({ lanes: 1, clock });
  rig.publish("task", PARALLEL);
  const until = clock.now() + 600_000;
  rig.outside.answer = (call) =>
    call.args[0] === "throttled" && clock.now() < until
      ? { type: "wait", until, waitingFor: "quota of user ann" }
      : { type: "result", value: clock.now() };
  rig.takeOver();
  const id = await rig.submit("task", { keys: ["throttled", "free"] });
  await frames(rig, id, 1, { status: "completed" });
  assert.equal(rig.engine.busyLanes, 0);
  assert.equal(rig.frames(id)[0]!.waitingFor, "quota of user ann");
  clock.advance(600_000);
  const [throttled, free] = await rig.result(id) as number[];
  assert.deepEqual([throttled, free], [until, until - 600_000]);
  assert.deepEqual(rig.outside.asked("throttled").map((call) => call.attempt), [1, 1]);
});
