import assert from "node:assert/strict";
import { VirtualClock } from "../core/clock.ts";
import { Rig } from "./rig.ts";

Deno.test("after a takeover recorded calls are answered from the journal and none of them is made again", async () => {
  await using rig = new Rig();
  rig.publish(
    "task",
    `module.exports = async () => {
      const sum = [];
      for (let i = 0; i < 600; i++) sum.push(await tools.outside.echo(i));
      sum.push(await tools.outside.echo("stop"));
      return sum.length;
    };`,
  );
  rig.outside.answer = (call) => {
    if (call.args[0] === 599) rig.outside.pause();
    return { type: "result", value: call.args[0]! };
  };
  rig.takeOver();
  const id = await rig.submit("task");
  await rig.outside.arrived("stop");
  rig.takeOver();
  rig.outside.unpause();
  assert.equal(await rig.result(id), 601);
  for (let i = 0; i < 600; i++) assert.equal(rig.outside.asked(i).length, 1);
  assert.ok(rig.outside.asked("stop").length <= 2);
});

Deno.test("time, randomness and the order of outcomes are the same in every replay", async () => {
  const clock = new VirtualClock();
  await using rig = new Rig({ clock });
  rig.publish(
    "task",
    `module.exports = async () => {
      const seen = [Date.now(), Math.random(), crypto.randomUUID()];
      const note = (key) => (value) => seen.push(key, Date.now(), performance.now(), Math.random());
      await Promise.all(["a", "b", "c"].map((key) => tools.outside.echo(key).then(note(key))));
      console.log(seen.join(" "));
      await tools.outside.echo("end");
      return seen;
    };`,
  );
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("task");
  await rig.outside.arrived("a", "b", "c");
  for (const [before, key] of ["c", "a", "b"].entries()) {
    clock.advance(1_000);
    rig.outside.release(key);
    await rig.until(id, () => rig.frames(id).some((frame) => frame.delivery === before + 1));
  }
  await rig.outside.arrived("end");
  const before = rig.logs(id)[0]!;
  for (let deaths = 0; deaths < 2; deaths++) {
    rig.takeOver();
    await rig.until(id, (run) => run.status === "suspended_waiting_child");
  }
  rig.outside.unpause();
  const seen = await rig.result(id) as unknown[];
  assert.equal(seen.join(" "), before);
  assert.deepEqual(rig.logs(id), [before]);
  assert.deepEqual(seen.filter((part) => ["a", "b", "c"].includes(part as string)), ["c", "a", "b"]);
  const at = seen.indexOf("c");
  assert.equal(seen[at + 2], 1_000);
  assert.equal(rig.frames(id).find((frame) => frame.delivery === 1)!.deliveredAt, seen[at + 1]);
});

Deno.test("the error of a failed call points to where it was made, whenever it failed and however often it is replayed", async () => {
  await using rig = new Rig();
  rig.publish(
    "task",
    `module.exports = async () => {
      const stacks = [];
      const keep = (error) => stacks.push(error.stack);
      await tools.outside.echo("well");
      const open = tools.outside.echo("open");
      const early = tools.outside.echo("fail early");
      await early.catch(keep);
      await open.catch(keep);
      await tools.outside.echo("well");
      await tools.outside.echo("fail late").catch(keep);
      await tools.outside.echo("end");
      return stacks.map((stack) => /task\\.js:\\d+:\\d+/.exec(stack)[0]);
    };`,
  );
  const failed = { type: "error", error: { name: "CallError", code: "NO", message: "no" } } as const;
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("task");
  const step = async (key: string, outcome?: typeof failed) => {
    await rig.outside.arrived(key);
    rig.outside.release(key, outcome);
    const seq = rig.frames(id).findLast(({ args }) => args === JSON.stringify([key]))!.seq;
    await rig.until(id, () => rig.frames(id).some((frame) => frame.seq === seq && frame.endedAt !== null));
    rig.takeOver();
  };
  await step("well");
  await step("fail early", failed);
  await step("open", failed);
  await step("well");
  await step("fail late", failed);
  rig.outside.unpause();
  assert.deepEqual(await rig.result(id), ["task.js:6:35", "task.js:5:34", "task.js:10:27"]);
});

Deno.test("outcomes that arrive together are given one by one: what the first causes is issued before the second is seen", async () => {
  await using rig = new Rig();
  rig.publish(
    "task",
    `module.exports = async () => {
      const order = [];
      const chain = async (key) => { await tools.outside.echo(key); order.push(key); await tools.outside.echo(key + "2"); order.push(key + "2"); };
      await Promise.all([chain("a"), chain("b")]);
      return order;
    };`,
  );
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("task");
  await rig.outside.arrived("a", "b");
  rig.outside.release("b");
  rig.outside.release("a");
  await rig.outside.arrived("a2", "b2");
  assert.deepEqual(rig.frames(id).map((frame) => [frame.seq, frame.args]), [
    [1, '["a"]'],
    [2, '["b"]'],
    [3, '["b2"]'],
    [4, '["a2"]'],
  ]);
  rig.takeOver();
  rig.outside.unpause();
  const order = await rig.result(id) as string[];
  assert.deepEqual(order.slice(0, 2), ["b", "a"]);
});

Deno.test("code that changed under a run fails it with NON_DETERMINISM, naming both calls", async () => {
  await using rig = new Rig();
  const publish = (first: string) =>
    `module.exports = async () => { await tools.outside.${first}; return await tools.outside.echo("end"); };`;
  rig.publish("task", publish('echo("old", 1)'));
  rig.outside.pause();
  rig.takeOver();
  const cases = [
    [
      publish('echo("new", 2)'),
      'it has call 1: outside.echo["old",1]; the code now makes call 1: outside.echo["new",2]',
    ],
    [
      publish('other("old", 1)'),
      'it has call 1: outside.echo["old",1]; the code now makes call 1: outside.other["old",1]',
    ],
    [
      "module.exports = () => new Promise(() => {});",
      'it has call 1: outside.echo["old",1]; the code now makes no such call',
    ],
  ] as const;
  const original = rig.store.taskFunctions.latest("task")!.source;
  const takeOverWith = (source: string) => {
    rig.store.db.prepare("UPDATE task_functions SET source = ?, hash = ?").run(source, `${Math.random()}`);
    rig.reopen();
    rig.takeOver();
  };
  for (const [source, differs] of cases) {
    takeOverWith(original);
    const id = await rig.submit("task");
    await rig.outside.arrived("old");
    takeOverWith(source);
    await rig.outside.arrived("old");
    rig.outside.release("old");
    const row = await rig.ended(id);
    const error = JSON.parse(row.error!);
    assert.equal(error.code, "NON_DETERMINISM");
    assert.equal(error.message, `replay diverged from the journal: ${differs}`);
  }
});

Deno.test("the same arguments with their keys in another order are the same call", async () => {
  await using rig = new Rig();
  rig.publish("task", 'module.exports = async () => { await tools.outside.echo("x", { a: 1, b: 2 }); return 1; };');
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("task");
  await rig.outside.arrived("x");
  rig.store.db.exec(
    `UPDATE task_functions SET source = replace(source, '{ a: 1, b: 2 }', '{ b: 2, a: 1 }'), hash = 'other'`,
  );
  rig.takeOver();
  rig.outside.unpause();
  assert.equal(await rig.result(id), 1);
});

Deno.test("with room for a single realm every run still ends with the same result, and no call is made twice", async () => {
  await using rig = new Rig({ maxRealms: 1 });
  rig.publish(
    "task",
    `module.exports = async ({ run }) => {
      const seen = [];
      for (let i = 0; i < 6; i++) seen.push(await tools.outside.echo(run + "-" + i), Math.random());
      return seen;
    };`,
  );
  rig.takeOver();
  const ids = await Promise.all(Array.from({ length: 8 }, (_, run) => rig.submit("task", { run: `r${run}` })));
  for (const [run, id] of ids.entries()) {
    const seen = await rig.result(id) as unknown[];
    assert.deepEqual(seen.filter((_, at) => at % 2 === 0), Array.from({ length: 6 }, (_, i) => `r${run}-${i}`));
  }
  assert.equal(rig.outside.calls.length, 48);
});

Deno.test("the realm that was used longest ago is the one to go", async () => {
  await using rig = new Rig({ maxRealms: 2 });
  rig.publish(
    "task",
    "module.exports = async ({ run }) => [await tools.outside.echo(run + 1), await tools.outside.echo(run + 2), await tools.outside.echo(run + 3)];",
  );
  rig.outside.pause();
  rig.takeOver();
  const live = rig.store.db.prepare("SELECT task_name, id, live FROM task_runs ORDER BY run");
  const first = await rig.submit("task", { run: "a" });
  await rig.outside.arrived("a1");
  await rig.submit("task", { run: "b" });
  await rig.outside.arrived("b1");
  rig.outside.release("a1");
  await rig.outside.arrived("a2");
  await rig.submit("task", { run: "c" });
  await rig.outside.arrived("c1");
  rig.outside.release("a2");
  await rig.outside.arrived("a3");
  assert.deepEqual(live.all().map((row) => row.live), [1, 0, 1]);
  rig.outside.unpause();
  assert.deepEqual(await rig.result(first), ["a1", "a2", "a3"]);
});

Deno.test("console lines are written once, with the calls they come before, whatever is replayed", async () => {
  await using rig = new Rig({ maxRealms: 1 });
  rig.publish(
    "task",
    `module.exports = async () => {
      for (let i = 0; i < 4; i++) { console.log("before", i); await tools.outside.echo(i); console.warn("after", i); }
    };`,
  );
  rig.takeOver();
  const other = rig.submit("task");
  const id = await rig.submit("task");
  rig.outside.answer = (call) => {
    if (call.args[0] === 2 && rig.outside.asked(2).length <= 2) rig.takeOver();
    return { type: "result", value: null };
  };
  await rig.ended(id);
  await rig.ended(await other);
  const expected = [0, 1, 2, 3].flatMap((i) => [`before ${i}`, `after ${i}`]);
  assert.deepEqual(rig.logs(id), expected);
  assert.deepEqual(rig.logs(await other), expected);
});
