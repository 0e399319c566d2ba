import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { VirtualClock } from "../core/clock.ts";
import type { Json } from "../core/json.ts";
import { checkAudit } from "../store/audit_check.ts";
import { planRetention } from "../store/retention.ts";
import { Rig } from "./rig.ts";

const HOUR = 3_600_000;
const DOUBLE = "module.exports = async ({ n }) => 2 * await tools.outside.echo(n);";

/** The runs of a task, the oldest first. */
function runsOf(rig: Rig, task: string) {
  return rig.store.taskRuns.newest({ limit: 1_000 }).filter(({ taskName }) => taskName === task).reverse();
}

/** Settles when a call of the run waits for the end of another run. */
const waits = (rig: Rig, id: string) =>
  rig.until(id, ({ run }) => rig.store.stackRuns.open(run).some(({ blocked }) => blocked?.startsWith("end ")));

Deno.test("start gives the id of a run that goes on by itself, result its result or its error, as often as it is asked", async () => {
  await using rig = new Rig();
  rig.publish("double", DOUBLE);
  rig.publish("fails", 'module.exports = async () => { throw new RangeError("too far"); };');
  rig.publish(
    "task",
    `module.exports = async () => {
      const id = await tools.tasks.start("double", { n: 21 }, { priority: 7, deadline: "1 h" });
      const caught = ({ name, code, message }) => [name, code, message];
      const failed = await tools.tasks.start("fails").then(tools.tasks.result).catch(caught);
      const unknown = await tools.tasks.result("nobody").catch(caught);
      return [id, await Promise.all([tools.tasks.result(id), tools.tasks.result(id)]), failed, unknown.slice(1)];
    };`,
  );
  rig.takeOver();
  const task = await rig.submit("task");
  const [id, ...seen] = await rig.result(task) as Json[];
  assert.deepEqual(seen, [[42, 42], ["RangeError", "TASK_FAILED", "too far"], ["NOT_FOUND", "there is no run nobody"]]);
  const { parentRun, priority, deadline, createdAt } = rig.row(id as string);
  assert.deepEqual([parentRun, priority, deadline! - createdAt], [null, 7, HOUR]);
  assert.equal(rig.store.runLinks.get(rig.row(id as string).run).startedBy, task);
  // What is no part of another run has entries of its own, which tell whose it is.
  const entries = [...rig.store.audit.each()].map(({ text }) => JSON.parse(text));
  const of = entries.find(({ event, run }) => event === "submitted" && run === id);
  assert.deepEqual([of.startedBy, of.who, of.reason], [task, "rig@test", null]);
  assert.deepEqual(checkAudit(rig.store).problems, []);
});

Deno.test("a run that was started outlives the one that started it: its end, its cancellation, the process", async () => {
  await using rig = new Rig();
  rig.publish("double", DOUBLE);
  rig.publish("leaves", 'module.exports = async () => { tools.tasks.start("double", { n: 1 }); };');
  rig.publish(
    "stays",
    `module.exports = async () => tools.tasks.result(await tools.tasks.start("double", { n: 2 }));`,
  );
  rig.outside.pause();
  rig.takeOver();
  await rig.ended(await rig.submit("leaves"));
  const stays = await rig.submit("stays");
  await rig.outside.arrived("1", "2");
  await waits(rig, stays);
  await rig.engine.cancel(stays);
  assert.equal((await rig.ended(stays)).status, "cancelled");
  rig.takeOver();
  await rig.outside.arrived("1", "2");
  rig.outside.unpause();
  const runs = runsOf(rig, "double");
  assert.deepEqual(await Promise.all(runs.map(({ id }) => rig.result(id))), [2, 4]);
});

Deno.test("after whichever step the owner dies, a run is started once and its end is told once", async () => {
  await using rig = new Rig();
  rig.publish("double", DOUBLE);
  rig.publish("task", `module.exports = async () => tools.tasks.result(await tools.tasks.start("double", { n: 3 }));`);
  for (let steps = 0; steps < 5; steps++) {
    let left = steps;
    rig.nudge = (engine) => left-- > 0 && queueMicrotask(() => engine.step());
    rig.takeOver();
    const id = await rig.submit("task");
    for (let turn = 0; turn < 20; turn++) await setImmediate();
    rig.nudge = (engine) => queueMicrotask(() => engine.step());
    rig.takeOver();
    assert.equal(await rig.result(id), 6);
    assert.equal(runsOf(rig, "double").length, steps + 1);
    const frames = rig.frames(id).map(({ method, status }) => [method, status]);
    assert.deepEqual(frames, [["start", "completed"], ["result", "completed"]]);
  }
});

Deno.test("under an idempotency key there is one run, whoever starts it, and another input under it is refused", async () => {
  await using rig = new Rig();
  rig.publish("double", DOUBLE);
  rig.publish(
    "task",
    `module.exports = async ({ n }) => tools.tasks.start("double", { n }, { idempotencyKey: "order 7" }).catch((e) => e.code);`,
  );
  rig.takeOver();
  const [first, same, other] = [await rig.run("task", { n: 1 }), await rig.run("task", { n: 1, again: true }), 0];
  assert.equal(first, same);
  assert.equal(other + (await rig.run("task", { n: 2 }) as string), "0CONFLICT");
  assert.equal(runsOf(rig, "double").length, 1);
});

Deno.test("a wait for a run may be over before: 0 only looks, the time holds while it is held, and the run goes on", async () => {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  await using rig = new Rig({ clock });
  rig.publish("double", DOUBLE);
  rig.publish(
    "task",
    `module.exports = async () => {
      const id = await tools.tasks.start("double", { n: 4 });
      const code = (error) => error.code + " " + error.message.replace(id, "ID");
      const looked = await tools.tasks.result(id, { timeout: 0 }).catch(code);
      const waited = await tools.tasks.result(id, { timeout: "1 h" }).catch(code);
      return [looked, waited, await tools.tasks.result(id, { timeout: "1 h" })];
    };`,
  );
  rig.outside.traitsOf = () => ({ repeatable: true, timeout: Infinity });
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("task");
  await rig.outside.arrived("4");
  await waits(rig, id);
  const [waiting] = rig.store.stackRuns.waiting(rig.row(id).run, 5);
  assert.match(waiting!.waitingFor!, /^the end of run [0-9a-f-]{36} \(double\)$/);
  await rig.engine.hold(id);
  clock.advance(HOUR - 1);
  await rig.engine.resume(id);
  await waits(rig, id);
  clock.advance(1);
  await rig.until(id, ({ run }) => rig.store.stackRuns.last(run).seq === 4);
  await waits(rig, id);
  // The run ends while the one that waits for it is held.
  await rig.engine.hold(id);
  rig.outside.release("4", { type: "result", value: 4 });
  await rig.ended(runsOf(rig, "double")[0]!.id);
  await rig.engine.resume(id);
  const late = "TIMEOUT run ID has not ended in time";
  assert.deepEqual(await rig.result(id), [late, late, 8]);
});

Deno.test("a wait that nothing could end is refused: for itself, for a run around it, in a circle", async () => {
  await using rig = new Rig();
  const caught = ".catch((error) => error.message.replace(/[0-9a-f-]{36}/, 'ID'))";
  rig.publish("asks", `module.exports = async ({ of }) => tools.tasks.result(of)${caught};`);
  rig.publish(
    "around",
    `module.exports = async () => tools.tasks.execute("asks", { of: await tools.signals.wait("id") });`,
  );
  rig.publish(
    "waits",
    `module.exports = async () => tools.tasks.result(await tools.signals.wait("id"), await tools.signals.wait("options"))${caught};`,
  );
  rig.takeOver();
  const send = async (id: string, data: Json, options: Json = {}) => {
    await rig.engine.signal({ id, name: "id", data });
    await rig.engine.signal({ id, name: "options", data: options });
    return id;
  };
  const cannot = (task: string, why: string) => `the end of run ID (${task}) cannot be waited for: ${why}`;
  const around = await rig.submit("around");
  await send(around, around);
  assert.equal(
    await rig.result(around),
    cannot("around", "it waits itself for the run that asks, which is nested in it"),
  );
  const itself = await rig.submit("waits");
  assert.equal(await rig.result(await send(itself, itself)), cannot("waits", "it is the run that waits"));
  const [a, b, c] = [await rig.submit("waits"), await rig.submit("waits"), await rig.submit("waits")];
  await waits(rig, await send(a, b));
  await waits(rig, await send(b, c));
  // Waiting for a time only, it would end the circle.
  await waits(rig, await send(c, a, { timeout: "1 h" }));
  const d = await rig.submit("waits");
  await waits(rig, await send(d, c));
  await rig.engine.cancel(c);
  const told = "the run was cancelled";
  assert.deepEqual([await rig.result(d), await rig.result(b), await rig.result(a)], [told, told, told]);
  const [e, f] = [await rig.submit("waits"), await rig.submit("waits")];
  await waits(rig, await send(e, f));
  const circle = cannot("waits", "it waits itself for the run that asks");
  assert.deepEqual([await rig.result(await send(f, e)), await rig.result(e)], [circle, circle]);
});

Deno.test("what starts itself without end is refused: with its own input at once, otherwise 32 deep", async () => {
  await using rig = new Rig();
  rig.publish(
    "again",
    `module.exports = async ({ n, step }) => {
      const start = () => tools.tasks.start("again", { n: n + step, step });
      return tools.tasks.result(await start()).catch((error) => [n, error.message]);
    };`,
  );
  rig.takeOver();
  const same = await rig.failure("again", { n: 1, step: 0 });
  assert.equal(same.message, "again is started again with the input that it has itself: again → again");
  assert.match(same.hint!, /continueAsNew/);
  assert.deepEqual(await rig.run("again", { n: 1, step: 1 }), [
    31,
    "runs start each other 32 deep: again → again → again → again → again → again → …",
  ]);
});

Deno.test("calls that make no sense are refused, and so is what a task may not give away", async () => {
  await using rig = new Rig();
  rig.publish("double", DOUBLE);
  rig.publish(
    "task",
    `module.exports = async () => {
      const calls = [["start"], ["start", "double", {}, 1], ["start", "double", {}, { key: 1 }], ["start", "double", {}, { priority: 101 }],
        ["start", "double", {}, { idempotencyKey: "" }], ["start", "double", {}, { deadline: "soon" }], ["start", "nobody"],
        ["result"], ["result", "x", { timeout: "soon" }], ["result", "x", { wait: 1 }]];
      const seen = [];
      for (const [method, ...args] of calls) await tools.tasks[method](...args).catch((error) => seen.push(error.code));
      return seen;
    };`,
  );
  rig.takeOver();
  const codes = await rig.run("task") as string[];
  assert.deepEqual(codes, [
    "INVALID_INPUT",
    "INVALID_INPUT",
    "INVALID_INPUT",
    "INVALID_INPUT",
    "INVALID_INPUT",
    "INVALID_INPUT",
    "NOT_FOUND",
    "INVALID_INPUT",
    "INVALID_INPUT",
    "INVALID_INPUT",
  ]);
});

Deno.test("a run whose result may be asked for yet stays", async () => {
  await using rig = new Rig();
  rig.publish("double", DOUBLE);
  rig.publish(
    "task",
    `module.exports = async () => {
      const id = await tools.tasks.start("double", { n: 5 });
      await tools.tasks.result(id);
      return [await tools.signals.wait("go"), await tools.tasks.result(id)];
    };`,
  );
  rig.takeOver();
  const id = await rig.submit("task");
  await rig.until(id, ({ run }) => rig.store.stackRuns.signalWaits(run).length === 1);
  const [started] = runsOf(rig, "double").map((run) => run.id);
  const kept = [{ run: started!, because: `started by run ${id}` }];
  assert.deepEqual(planRetention(rig.store, Infinity), {
    runs: [],
    kept,
    rows: { task_runs: 0, stack_runs: 0, records: 0, logs: 0 },
  });
  await assert.rejects(rig.engine.discard([started!]), { code: "CONFLICT" });
  await rig.engine.signal({ id, name: "go", data: null });
  assert.deepEqual(await rig.result(id), [null, 10]);
  assert.deepEqual(planRetention(rig.store, Infinity).runs, [id, started]);
  assert.deepEqual(await rig.engine.discard([id, started!]), []);
});
