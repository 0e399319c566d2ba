import assert from "node:assert/strict";
import { VirtualClock } from "../core/clock.ts";
import type { Json } from "../core/json.ts";
import { Rig } from "./rig.ts";

const START = Date.UTC(2026, 0, 1);

/** A rig with one task of that body. */
function rigWith(body: string, clock = new VirtualClock(START)): { rig: Rig; clock: VirtualClock } {
  const rig = new Rig({ clock });
  rig.publish("task", `module.exports = async () => { ${body} };`);
  rig.takeOver();
  return { rig, clock };
}

/** Until the run waits for so many signals. */
async function waits(rig: Rig, id: string, signals = 1): Promise<void> {
  await rig.until(id, (run) =>
    run.status === "suspended_waiting_child" &&
    rig.store.stackRuns.signalWaits(run.run).filter(({ status }) => status === "pending").length === signals);
}

const send = (rig: Rig, id: string, name: string, data: Json = null, signalId?: string) =>
  rig.engine.signal({ id, name, data, signalId });

Deno.test("signals wake a run that waits, are kept for one that does not yet, and are taken once, in order of arrival", async () => {
  const { rig } = rigWith(`
    const seen = [await tools.signals.wait("go")];
    await tools.outside.echo("pause");
    for (let i = 0; i < 3; i++) seen.push(await tools.signals.wait("step"));
    return seen;`);
  await using _ = rig;
  rig.outside.pause();
  const id = await rig.submit("task");
  await waits(rig, id);
  assert.deepEqual(await send(rig, id, "go", { by: "ann" }), { awaited: true });
  await rig.outside.arrived("pause");
  assert.deepEqual(await send(rig, id, "step", 1), { awaited: false });
  await send(rig, id, "step", 2);
  rig.outside.release("pause");
  await waits(rig, id);
  await send(rig, id, "step", 3);
  assert.deepEqual(await rig.result(id), [{ by: "ann" }, 1, 2, 3]);
  await assert.rejects(send(rig, id, "step"), { code: "CONFLICT", message: /has ended already: completed/ });
  await assert.rejects(send(rig, "nobody", "step"), { code: "NOT_FOUND" });
});

Deno.test("two calls that wait for the same signal get one each, the first the first", async () => {
  const { rig } = rigWith(`
    return await Promise.all([tools.signals.wait("a"), tools.signals.wait("a"), tools.signals.wait("b")]);`);
  await using _ = rig;
  const id = await rig.submit("task");
  await waits(rig, id, 3);
  await Promise.all([send(rig, id, "b", "B"), send(rig, id, "a", 1), send(rig, id, "a", 2)]);
  assert.deepEqual(await rig.result(id), [1, 2, "B"]);
});

Deno.test("a wait that is over fails with SIGNAL_TIMEOUT, which can be caught; 0 only looks", async () => {
  const { rig, clock } = rigWith(`
    const code = (error) => error.code;
    return [
      await tools.signals.wait("a", { timeout: 0 }).catch(code),
      await tools.signals.wait("a", { timeout: "2 days" }).catch(code),
      await tools.signals.wait("b", { timeout: "2 days" }),
    ];`);
  await using _ = rig;
  const id = await rig.submit("task");
  await waits(rig, id);
  clock.advance(2 * 86_400_000);
  await rig.until(id, (run) => rig.store.stackRuns.last(run.run).seq === 3);
  await waits(rig, id);
  clock.advance(2 * 86_400_000 - 1);
  await send(rig, id, "b", "in time");
  assert.deepEqual(await rig.result(id), ["SIGNAL_TIMEOUT", "SIGNAL_TIMEOUT", "in time"]);
});

Deno.test("what does not fit is refused while the run waits; sent early it is passed over, told once, and kept for a call that it fits", async () => {
  const { rig } = rigWith(`
    await tools.outside.echo("pause");
    const schema = { type: "object", required: ["ok"], properties: { ok: { type: "boolean" } } };
    const answer = await tools.signals.wait("approve", { schema, question: "Everybody?" });
    return [answer, await tools.signals.wait("approve")];`);
  await using _ = rig;
  rig.outside.pause();
  const id = await rig.submit("task");
  await rig.outside.arrived("pause");
  assert.deepEqual(await send(rig, id, "approve", "early"), { awaited: false });
  rig.outside.release("pause");
  await waits(rig, id);
  const [frame] = rig.store.stackRuns.signalWaits(rig.row(id).run);
  assert.equal(frame!.waitingFor, "an answer: Everybody? (signal approve)");
  const passed = "a signal approve that came early is passed over: the data must be an object";
  assert.deepEqual(rig.logs(id), [passed]);
  await assert.rejects(send(rig, id, "approve", { ok: "yes" }), {
    code: "INVALID_INPUT",
    message: "the run does not take this for approve: `ok` must be true or false",
  });
  // A wait that is looked at again tells nothing again.
  await rig.engine.hold(id);
  await rig.engine.resume(id);
  await waits(rig, id);
  await send(rig, id, "approve", { ok: true });
  assert.deepEqual(await rig.result(id), [{ ok: true }, "early"]);
  assert.deepEqual(rig.logs(id), [passed]);
});

Deno.test("sent again under its signalId it is there once, and another one under it is refused", async () => {
  const { rig } = rigWith(`
    await tools.outside.echo("pause");
    return [await tools.signals.wait("a"), await tools.signals.wait("a", { timeout: 0 }).catch((e) => e.code)];`);
  await using _ = rig;
  rig.outside.pause();
  const id = await rig.submit("task");
  await rig.outside.arrived("pause");
  await send(rig, id, "a", 1, "s1");
  assert.deepEqual(await send(rig, id, "a", 1, "s1"), { awaited: false });
  await assert.rejects(send(rig, id, "a", 2, "s1"), { code: "CONFLICT", message: /another signal was sent/ });
  rig.outside.release("pause");
  assert.deepEqual(await rig.result(id), [1, "SIGNAL_TIMEOUT"]);
  assert.deepEqual(await send(rig, id, "a", 1, "s1"), { awaited: true }, "also when the run has ended since");
});

Deno.test("what was acknowledged survives the owner, whether the run waited for it, was held, or had not come so far", async () => {
  const { rig } = rigWith(`
    const first = await tools.signals.wait("a");
    await tools.outside.echo("pause");
    return [first, await tools.signals.wait("b"), await tools.signals.wait("c", { timeout: "1 h" })];`);
  await using _ = rig;
  rig.outside.pause();
  const id = await rig.submit("task");
  await waits(rig, id);
  // The owner dies before it has taken another step.
  rig.nudge = () => {};
  await send(rig, id, "a", 1);
  await send(rig, id, "b", 2);
  rig.nudge = (engine) => queueMicrotask(() => engine.step());
  rig.takeOver();
  await rig.outside.arrived("pause");
  await rig.engine.hold(id);
  await send(rig, id, "c", 3);
  rig.takeOver();
  await rig.engine.resume(id);
  await rig.outside.arrived("pause");
  rig.outside.release("pause");
  assert.deepEqual(await rig.result(id), [1, 2, 3]);
});

Deno.test("a wait that loses a race against a timer goes on, and so does the timer", async () => {
  const { rig, clock } = rigWith(`
    const signal = tools.signals.wait("a");
    const timer = tools.timer.sleep("1 h").then(() => "late");
    const first = await Promise.race([signal, timer]);
    const other = tools.timer.sleep("2 h").then(() => "later");
    const second = await Promise.race([signal, other]);
    return [first, second, await other];`);
  await using _ = rig;
  const id = await rig.submit("task");
  await waits(rig, id);
  clock.advance(3_600_000);
  await rig.until(id, (run) => rig.store.stackRuns.last(run.run).seq === 3);
  await waits(rig, id);
  await send(rig, id, "a", "here");
  await rig.until(id, (run) => rig.store.stackRuns.last(run.run).delivery === 2);
  clock.advance(7_200_000);
  assert.deepEqual(await rig.result(id), ["late", "here", "later"]);
  assert.deepEqual(rig.frames(id).map(({ status }) => status), ["completed", "completed", "completed"]);
});

Deno.test("calls and signals that make no sense are refused with what is wrong", async () => {
  const { rig } = rigWith(`
    const codes = [];
    for (const args of [[], ["two words"], ["a", 1], ["a", { timeot: 1 }], ["a", { timeout: "soon" }], ["a", { schema: 1 }],
                        ["a", { question: 1 }], ["a", { schema: { $ref: "#/nowhere" } }]]) {
      await tools.signals.wait(...args).catch((error) => codes.push(error.code + " " + error.message));
    }
    await tools.signals.wait("end");
    return codes;`);
  await using _ = rig;
  const id = await rig.submit("task");
  await waits(rig, id);
  await assert.rejects(send(rig, id, "two words"), { code: "INVALID_INPUT" });
  await assert.rejects(send(rig, id, "a", "x".repeat(1024 * 1024)), { code: "TOO_LARGE" });
  await assert.rejects(send(rig, id, "a", Infinity), { code: "INVALID_INPUT" });
  for (let i = 0; i < 1_000; i++) rig.store.signals.insert({ run: 1, name: "x", data: "1", signalId: null, now: 1 });
  await assert.rejects(send(rig, id, "end"), { code: "CONFLICT", message: /has 1000 signals/ });
  rig.store.signals.clear();
  await send(rig, id, "end");
  const codes = await rig.result(id) as string[];
  assert.equal(codes.length, 8);
  for (const code of codes) assert.match(code, /^INVALID_INPUT .*(signals\.wait|duration)/);
});
