import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { VirtualClock } from "../core/clock.ts";
import type { Json } from "../core/json.ts";
import { checkAudit } from "../store/audit_check.ts";
import { planRetention } from "../store/retention.ts";
import { newestById } from "../store/run_links.ts";
import type { TaskRun } from "../store/task_runs.ts";
import { dryReplay } from "./dry_replay.ts";
import { rehearse } from "./rehearsal.ts";
import { Rig } from "./rig.ts";

const HOUR = 3_600_000;

/** Counts down to 0, a call and a row for each run; then gives what its last run is told. */
const COUNTDOWN = `module.exports = async ({ n, sum = 0 }) => {
  const got = await tools.outside.echo(n);
  await tools.records.append("step", { n });
  if (n > 0) return tools.run.continueAsNew({ n: n - 1, sum: sum + got });
  return sum;
};`;

const newest = (rig: Rig, id: string): TaskRun => newestById(rig.store, id)!;
/** Settles when the chain has ended. */
const chainEnded = async (rig: Rig, id: string): Promise<TaskRun> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = () => newest(rig, id).endedAt !== null && resolve();
  const stop = rig.engine.watch(id, look);
  look();
  await promise;
  stop();
  return newest(rig, id);
};
const all = (rig: Rig) => rig.store.taskRuns.newest({ limit: 1_000 }).reverse();

Deno.test("a run continues as new ones of the same version, each with a journal and records of its own, to the chain's end", async () => {
  await using rig = new Rig();
  rig.publish("task", COUNTDOWN);
  rig.takeOver();
  const id = await rig.submit("task", { n: 3 });
  rig.publish("task", "module.exports = async () => 'another version';");
  const last = await chainEnded(rig, id);
  assert.deepEqual([last.status, last.result], ["completed", "6"]);
  const runs = all(rig);
  assert.deepEqual(runs.map(({ status, input, result }) => [status, input, result]), [
    ["continued_as_new", '{"n":3}', null],
    ["continued_as_new", '{"n":2,"sum":3}', null],
    ["continued_as_new", '{"n":1,"sum":5}', null],
    ["completed", '{"n":0,"sum":6}', "6"],
  ]);
  const { run, functionId } = runs[0]!;
  assert.deepEqual([...new Set(runs.map((one) => one.functionId))], [functionId]);
  for (const one of runs) {
    assert.equal(rig.store.runLinks.get(one.run).chain, id);
    assert.deepEqual([...rig.store.records.kinds(one.run)], [["step", 1]]);
    assert.deepEqual(
      rig.frames(one.id).map(({ seq }) => seq),
      one === last ? [1, 2] : [1, 2, 3].slice(0, one.run === last.run ? 2 : 3),
    );
  }
  const { previous, next } = rig.store.runLinks.neighbours(runs[1]!.run, id);
  assert.deepEqual([previous, next], [id, runs[2]!.id]);
  assert.deepEqual(rig.store.runLinks.neighbours(run, id).previous, null);
  const [, , call] = rig.frames(id);
  assert.deepEqual([call!.method, call!.status, call!.delivery], ["continueAsNew", "cancelled", null]);
  const entries = [...rig.store.audit.each()].map(({ text }) => JSON.parse(text));
  assert.deepEqual(entries.map(({ event, status, continues }) => [event, status ?? continues]).slice(0, 3), [
    ["submitted", undefined],
    ["ended", "continued_as_new"],
    ["submitted", id],
  ]);
  assert.deepEqual(checkAudit(rig.store).problems, []);
});

Deno.test("what waits for a run waits for its chain's end: the run around it, result by any of its ids", async () => {
  await using rig = new Rig();
  rig.publish(
    "count",
    `module.exports = async ({ of, n }) => {
      const last = await tools.outside.echo(of + n);
      return n === 0 ? last : tools.run.continueAsNew({ of, n: n - 1 });
    };`,
  );
  rig.publish(
    "task",
    `module.exports = async () => {
      const nested = tools.tasks.execute("count", { of: "nested", n: 1 });
      const id = await tools.tasks.start("count", { of: "started", n: 1 });
      return Promise.all([nested, tools.tasks.result(id), tools.tasks.execute("asks", { id })]);
    };`,
  );
  rig.publish("asks", "module.exports = async ({ id }) => tools.tasks.result(id);");
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("task");
  await rig.outside.arrived("nested1", "started1");
  for (const key of ["nested1", "started1"]) rig.outside.release(key);
  await rig.outside.arrived("nested0", "started0");
  // The runs that go on are taken up by another owner.
  rig.takeOver();
  await rig.outside.arrived("nested0", "started0");
  for (const key of ["nested0", "started0"]) rig.outside.release(key);
  assert.deepEqual(await rig.result(id), ["nested0", "started0", "started0"]);
  const newest = rig.store.taskRuns.byRootFrame(rig.frames(id)[0]!.id);
  assert.equal(newest!.result, '"nested0"', "the newest stands for the call");
});

Deno.test("key, deadline, priority, zone, place among the task's runs and signals pass over to the next run", async () => {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  await using rig = new Rig({ clock });
  rig.outside.traitsOf = () => ({ repeatable: true, timeout: Infinity });
  rig.publish(
    "task",
    `module.exports = async ({ n = 0 }) => {
      const taken = await tools.signals.wait("take");
      await tools.outside.echo("pause " + n);
      if (n < 1) return tools.run.continueAsNew({ n: n + 1 });
      return [taken, await tools.signals.wait("keep")];
    };`,
    { limits: { maxOpenCalls: 100, concurrency: 1, rate: "2/h" } },
  );
  rig.outside.pause();
  rig.takeOver();
  const submission = { taskName: "task", input: {}, idempotencyKey: "k", priority: 5, deadline: HOUR };
  const { taskRunId: id } = await rig.engine.submit({ ...submission, id: crypto.randomUUID() });
  const other = await rig.submit("task", { n: 1 });
  const signal = (name: string, data: Json, signalId: string) => rig.engine.signal({ id, name, data, signalId });
  for (const data of [1, 2]) await signal("take", data, `s${data}`);
  await signal("keep", "kept", "k");
  await rig.outside.arrived("pause 0");
  const before = rig.row(id);
  rig.outside.release("pause 0");
  await rig.outside.arrived("pause 1");
  const { run, priority, deadline, timeZone, admittedAt, idempotencyKey } = newest(rig, id);
  assert.notEqual(run, before.run);
  const { priority: p, deadline: d, timeZone: z, admittedAt: a } = before;
  assert.deepEqual([priority, deadline, timeZone, admittedAt, idempotencyKey], [p, d, z, a, "k"]);
  assert.deepEqual([rig.row(id).admittedAt, rig.row(other).admittedAt], [null, null], "one has begun, the other waits");
  // What was acknowledged is known by its name, also when an earlier run of the chain has taken it.
  await signal("take", 1, "s1");
  await signal("keep", "kept", "k");
  // Submitted again, by its id or its key, it is the same run; the key stands for what was asked at first.
  assert.equal((await rig.engine.submit({ ...submission, id })).taskRunId, id);
  assert.equal((await rig.engine.submit(submission)).taskRunId, newest(rig, id).id);
  await assert.rejects(rig.engine.submit({ ...submission, input: { n: 1 } }), { code: "CONFLICT" });
  rig.outside.release("pause 1");
  assert.equal((await chainEnded(rig, id)).result, '[2,"kept"]');
  await rig.until(other, ({ admittedAt }) => admittedAt !== null);
  await rig.engine.cancel(other, { now: true });
});

Deno.test("to cancel, hold and resume a run by an earlier id reaches the one that goes on; its deadline ends the chain", async () => {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  await using rig = new Rig({ clock });
  rig.outside.traitsOf = () => ({ repeatable: true, timeout: Infinity });
  rig.publish("task", COUNTDOWN);
  rig.outside.pause();
  rig.takeOver();
  const begin = async (deadline?: number) => {
    const { taskRunId: id } = await rig.engine.submit({ taskName: "task", input: { n: 1 }, deadline });
    await rig.outside.arrived("1");
    clock.advance(HOUR);
    rig.outside.release("1");
    await rig.outside.arrived("0");
    return id;
  };
  const id = await begin();
  await rig.engine.hold(id);
  assert.equal(newest(rig, id).status, "held");
  await rig.engine.resume(id);
  await rig.outside.arrived("0");
  await rig.engine.cancel(id);
  assert.deepEqual([(await chainEnded(rig, id)).status, rig.row(id).status], ["cancelled", "continued_as_new"]);
  await assert.rejects(rig.engine.cancel(id), { code: "CONFLICT", message: /cancelled/ });
  const late = await begin(1.5 * HOUR);
  clock.advance(HOUR / 2);
  const { status, error } = await chainEnded(rig, late);
  assert.deepEqual([status, JSON.parse(error!).message], [
    "failed",
    "the run was not over at its deadline, 90 min after its submission",
  ]);
});

Deno.test("whatever is asked of a run in the moment in which it continues is done to the next one", async () => {
  for (const ask of ["cancel", "hold"] as const) {
    await using rig = new Rig();
    rig.publish("task", "module.exports = async ({ n = 0 }) => tools.run.continueAsNew({ n: n + 1 });");
    rig.takeOver();
    const id = await rig.submit("task");
    await rig.until(id, ({ status }) => status === "continued_as_new");
    await rig.engine[ask](id);
    if (ask === "cancel") assert.equal((await chainEnded(rig, id)).status, "cancelled");
    else assert.equal(newest(rig, id).status, "held");
    const { run } = newest(rig, id);
    assert.equal(rig.store.taskRuns.unfinished().length, ask === "hold" ? 1 : 0);
    assert.equal(all(rig).at(-1)!.run, run);
  }
});

Deno.test("cancelling the run around a chain ends the run of it that is at work", async () => {
  await using rig = new Rig();
  rig.publish("count", COUNTDOWN);
  rig.publish("task", `module.exports = async () => tools.tasks.execute("count", { n: 1 });`);
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("task");
  await rig.outside.arrived("1");
  rig.outside.release("1");
  await rig.outside.arrived("0");
  await rig.engine.cancel(id);
  assert.equal((await rig.ended(id)).status, "cancelled");
  assert.deepEqual(all(rig).map(({ status }) => status), ["cancelled", "continued_as_new", "cancelled"]);
});

Deno.test("after whichever step the owner dies, a run continues once", async () => {
  await using rig = new Rig();
  rig.publish("task", COUNTDOWN);
  for (let steps = 0; steps < 5; steps++) {
    let left = steps;
    rig.nudge = (engine) => left-- > 0 && queueMicrotask(() => engine.step());
    rig.takeOver();
    const id = await rig.submit("task", { n: 1 });
    for (let turn = 0; turn < 20; turn++) await setImmediate();
    rig.nudge = (engine) => queueMicrotask(() => engine.step());
    rig.takeOver();
    assert.equal((await chainEnded(rig, id)).result, "1");
    const statuses = all(rig).slice(2 * steps).map(({ status }) => status);
    assert.deepEqual(statuses, ["continued_as_new", "completed"]);
  }
});

Deno.test("what cannot go on says why and can be caught: a wrong input, a run that is being cancelled", async () => {
  await using rig = new Rig();
  const input = { type: "object", properties: { n: { type: "integer" } } };
  rig.publish(
    "task",
    `module.exports = async () => {
      const refused = await tools.run.continueAsNew({ n: "x" }).catch((error) => error.code);
      try { await tools.outside.echo(refused); }
      catch (error) { await tools.run.continueAsNew({ n: 1 }).catch((other) => tools.records.append("told", { text: other.message })); throw error; }
    };`,
    { input },
  );
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("task");
  await rig.outside.arrived("INVALID_INPUT");
  await rig.engine.cancel(id);
  assert.equal((await rig.ended(id)).status, "cancelled");
  const told = [...rig.store.records.each({ run: rig.row(id).run, kind: "told" })].map(({ data }) => data);
  assert.deepEqual(told, [{ text: "a run that is being cancelled does not continue as new" }]);
  assert.equal(all(rig).length, 1);
});

Deno.test("old runs of a chain may be deleted; its first id leads to the newest one all the same", async () => {
  await using rig = new Rig();
  rig.publish("task", COUNTDOWN);
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("task", { n: 2 });
  for (const key of ["2", "1"]) {
    await rig.outside.arrived(key);
    rig.outside.release(key, { type: "result", value: Number(key) });
  }
  await rig.outside.arrived("0");
  const { runs } = planRetention(rig.store, Infinity);
  assert.equal(runs.length, 2);
  assert.deepEqual(await rig.engine.discard(runs), []);
  assert.equal(rig.row(id), undefined);
  rig.outside.release("0", { type: "result", value: 0 });
  assert.equal((await chainEnded(rig, id)).result, "3");
  rig.publish("asks", "module.exports = async ({ id }) => tools.tasks.result(id);");
  assert.equal(await rig.run("asks", { id }), 3);
});

Deno.test("replay, test and fork of a run that continued: its call stands in the journal, and is made again", async () => {
  await using rig = new Rig();
  rig.publish("task", COUNTDOWN);
  rig.takeOver();
  const id = await rig.submit("task", { n: 1 });
  await chainEnded(rig, id);
  const run = rig.row(id);
  const params = { store: rig.store, run, reveal: (json: string) => json };
  const code = rig.store.taskFunctions.get(run.functionId);
  const dry = await dryReplay(params);
  assert.deepEqual([dry.calls, dry.difference, dry.next], [3, undefined, []]);
  const test = { beginning: run, earlier: params };
  const same = await rehearse({ ...test, code });
  assert.deepEqual([same.same, same.changes, same.unanswered, same.isSame], [3, [], [], true]);
  const other = { ...code, source: COUNTDOWN.replace("sum + got", "sum - got"), hash: "other" };
  const changed = await rehearse({ ...test, code: other });
  assert.deepEqual(changed.changes.map(({ type }) => type), ["other arguments"]);
  const ends = { ...code, source: COUNTDOWN.replace("if (n > 0)", "if (n > 1)"), hash: "ends" };
  const ended = await rehearse({ ...test, code: ends });
  assert.deepEqual([ended.changes.map(({ type }) => type), ended.isSame], [["missing"], false]);
  const { taskRunId: fork } = await rig.engine.fork({ run: id, from: 4 });
  assert.equal((await chainEnded(rig, fork)).result, "1");
  assert.equal(rig.store.runLinks.get(rig.row(fork).run).chain, fork);
});
