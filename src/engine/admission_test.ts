import assert from "node:assert/strict";
import { VirtualClock } from "../core/clock.ts";
import { Rig } from "./rig.ts";

const ECHO = "module.exports = async ({ key }) => tools.outside.echo(key);";

class LimitRig extends Rig {
  async start(key: string, priority = 0, taskName = "task"): Promise<string> {
    return (await this.engine.submit({ taskName, input: { key }, priority })).taskRunId;
  }

  /** Lets the call of a run go on, and settles when another one has come. */
  async passOn(key: string): Promise<void> {
    const next = this.outside.next();
    this.outside.release(key);
    await next;
  }
}

Deno.test("so many runs of a task at a time: the others wait, by priority and in their order, also over a death", async () => {
  await using rig = new LimitRig();
  rig.publish("task", ECHO, { limits: { concurrency: 2 } });
  rig.publish("free", ECHO);
  rig.outside.pause();
  rig.takeOver();
  const ids = [];
  for (const key of ["a", "b", "c", "d"]) ids.push(await rig.start(key));
  ids.push(await rig.start("urgent", 5));
  const free = await rig.start("free", 0, "free");
  await rig.outside.arrived("a", "b", "free");
  assert.deepEqual(ids.map((id) => rig.row(id).status === "queued"), [false, false, true, true, true]);
  const root = (id: string) => rig.store.stackRuns.get(rig.row(id).rootFrame)!;
  assert.equal(root(ids[2]!).waitingFor, "its turn among the runs of task: 2 at a time");
  assert.deepEqual(rig.store.stackRuns.waiting(rig.row(ids[2]!).run, 5).map(({ seq }) => seq), [0]);
  await rig.passOn("a");
  assert.deepEqual(rig.outside.waiting.sort(), ["b", "free", "urgent"]);
  rig.reopen();
  const again = rig.outside.arrived("b", "free", "urgent");
  rig.takeOver();
  await again;
  assert.equal(rig.outside.waiting.length, 3);
  await rig.passOn("urgent");
  assert.deepEqual(rig.outside.waiting.sort(), ["b", "c", "free"]);
  await rig.engine.cancel(ids[3]!);
  rig.outside.unpause();
  for (const id of [...ids.filter((_, at) => at !== 3), free]) assert.equal(typeof await rig.result(id), "string");
});

Deno.test("a held run gives its place up, and one that is held while it waits still waits when it goes on", async () => {
  await using rig = new LimitRig();
  rig.publish("task", ECHO, { limits: { concurrency: 1 } });
  rig.outside.pause();
  rig.takeOver();
  const first = await rig.start("a");
  await rig.outside.arrived("a");
  const [second, third] = [await rig.start("b"), await rig.start("c")];
  await rig.engine.hold(second);
  await rig.engine.resume(second);
  assert.equal(rig.row(second).status, "queued");
  assert.deepEqual(rig.outside.waiting, ["a"]);
  const next = rig.outside.arrived("b");
  await rig.engine.hold(first);
  await next;
  assert.equal(rig.row(third).status, "queued");
  rig.outside.unpause();
  await rig.engine.resume(first);
  assert.deepEqual([await rig.result(first), await rig.result(second), await rig.result(third)], ["a", "b", "c"]);
});

Deno.test("so many runs of a task begin in a period; the next ones are waked by the clock", async () => {
  const clock = new VirtualClock();
  await using rig = new LimitRig({ clock });
  rig.publish("task", ECHO, { limits: { rate: "2/min" } });
  rig.takeOver();
  const ids: string[] = [];
  for (const key of ["a", "b", "c", "d", "e"]) ids.push(await rig.start(key));
  const began = () => ids.filter((id) => rig.row(id).startedAt !== null).length;
  assert.deepEqual([await rig.result(ids[0]!), await rig.result(ids[1]!), began()], ["a", "b", 2]);
  assert.match(
    rig.store.stackRuns.get(rig.row(ids[2]!).rootFrame)!.waitingFor!,
    /^its turn among the runs of task: 2\/min at most$/,
  );
  clock.advance(59_999);
  assert.equal(began(), 2);
  clock.advance(1);
  assert.deepEqual([await rig.result(ids[2]!), await rig.result(ids[3]!), began()], ["c", "d", 4]);
  rig.reopen();
  rig.takeOver();
  clock.advance(59_999);
  assert.equal(began(), 4);
  clock.advance(1);
  assert.equal(await rig.result(ids[4]!), "e");
});

Deno.test("a run that is overtaken while it waits for its time still says what it waits for", async () => {
  const clock = new VirtualClock();
  await using rig = new LimitRig({ clock });
  rig.publish("task", ECHO, { limits: { rate: "1/min" } });
  rig.takeOver();
  const [first, overtaken, ...others] = [
    await rig.start("a"),
    await rig.start("b"),
    await rig.start("c", 5),
    await rig.start("d", 5),
  ];
  await rig.result(first!);
  clock.advance(60_000);
  assert.equal(await rig.result(others[0]!), "c");
  const { waitingFor } = rig.store.stackRuns.get(rig.row(overtaken!).rootFrame)!;
  assert.match(waitingFor!, /^its turn among the runs of task/);
});

Deno.test("the newest version's limits hold for the runs that wait, and a run hands its priority on to its calls", async () => {
  await using rig = new LimitRig();
  rig.publish("task", ECHO, { limits: { concurrency: 1 } });
  rig.outside.pause();
  rig.takeOver();
  const ids = [await rig.start("a", 3), await rig.start("b"), await rig.start("c")];
  await rig.outside.arrived("a");
  assert.deepEqual(rig.frames(ids[0]!).map(({ priority }) => priority), [3]);
  rig.publish("task", ECHO);
  ids.push(await rig.start("d"));
  await rig.outside.arrived("a", "b", "c", "d");
  rig.outside.unpause();
  for (const id of ids) await rig.result(id);
});

Deno.test("one that waits first and is cancelled, or over its deadline, leaves its turn to the next", async () => {
  const clock = new VirtualClock();
  await using rig = new LimitRig({ clock });
  rig.publish("task", ECHO, { limits: { rate: "1/min" } });
  rig.takeOver();
  const ids: string[] = [];
  for (const key of ["a", "b"]) ids.push(await rig.start(key));
  const { taskRunId: late } = await rig.engine.submit({ taskName: "task", input: { key: "c" }, deadline: 30_000 });
  ids.push(await rig.start("d"));
  assert.equal(await rig.result(ids[0]!), "a");
  await rig.engine.cancel(ids[1]!);
  clock.advance(30_000);
  assert.match((await rig.ended(late)).error!, /DEADLINE_EXCEEDED/);
  clock.advance(30_000);
  assert.equal(await rig.result(ids[2]!), "d");
});

Deno.test("a run that waits for its turn is over at its deadline", async () => {
  const clock = new VirtualClock();
  await using rig = new LimitRig({ clock });
  rig.publish("task", ECHO, { limits: { concurrency: 1 } });
  rig.outside.pause();
  rig.takeOver();
  await rig.start("a");
  await rig.outside.arrived("a");
  const { taskRunId: late } = await rig.engine.submit({ taskName: "task", input: { key: "b" }, deadline: 1_000 });
  clock.advance(1_000);
  assert.match((await rig.ended(late)).error!, /DEADLINE_EXCEEDED/);
});
