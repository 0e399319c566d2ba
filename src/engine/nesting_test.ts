import assert from "node:assert/strict";
import { Rig } from "./rig.ts";

const DOUBLE = "module.exports = async ({ n }) => 2 * await tools.outside.echo(n);";

Deno.test("tasks.execute gives the nested run's result, and its frame is the nested run's root", async () => {
  await using rig = new Rig();
  rig.publish("double", DOUBLE);
  rig.publish("task", 'module.exports = async () => [await tools.tasks.execute("double", { n: 21 }), "after"];');
  rig.takeOver();
  const id = await rig.submit("task");
  const row = await rig.ended(id);
  assert.equal(row.result, '[42,"after"]');
  const nested = rig.store.taskRuns.byRootFrame(rig.frames(id)[0]!.id)!;
  assert.deepEqual([nested.taskName, nested.parentRun, nested.result], ["double", row.run, "42"]);
});

Deno.test("what a nested run fails with can be caught, and so can a nested task that is not there", async () => {
  await using rig = new Rig();
  rig.publish(
    "fails",
    'module.exports = async () => { await tools.outside.echo(1); throw new RangeError("too far"); };',
  );
  rig.publish(
    "task",
    `module.exports = async () => {
      const seen = [];
      for (const name of ["fails", "nobody"]) {
        try { await tools.tasks.execute(name); } catch (error) { seen.push([error.name, error.code, error.message]); }
      }
      return seen;
    };`,
  );
  rig.takeOver();
  assert.deepEqual(await rig.run("task"), [
    ["RangeError", "TASK_FAILED", "too far"],
    ["TaskerError", "NOT_FOUND", 'there is no task "nobody"'],
  ]);
});

Deno.test("a nested task's input is checked against its schema", async () => {
  await using rig = new Rig();
  const input = { type: "object", properties: { n: { type: "integer", default: 5 } } };
  rig.publish("double", DOUBLE, { input });
  rig.publish(
    "task",
    `module.exports = async () => [
      await tools.tasks.execute("double"),
      await tools.tasks.execute("double", { n: "x" }).catch((error) => error.code),
    ];`,
  );
  rig.takeOver();
  assert.deepEqual(await rig.run("task"), [10, "INVALID_INPUT"]);
});

Deno.test("a task that is executed again below itself with the same input is refused, and can catch that", async () => {
  await using rig = new Rig();
  rig.publish("a", 'module.exports = async ({ n }) => tools.tasks.execute("b", { n });');
  rig.publish(
    "b",
    'module.exports = async ({ n }) => tools.tasks.execute("a", { n: n % 2 }).catch((error) => error.message);',
  );
  rig.takeOver();
  const message = "a is executed again with the input that it has itself: a → b → a";
  assert.equal(await rig.run("a", { n: 1 }), message);
  assert.equal(await rig.run("a", { n: 3 }), message, "the runs between are told, those above are not");
});

Deno.test("a task that executes itself without end fails at a depth of 32", async () => {
  await using rig = new Rig();
  rig.publish("deeper", 'module.exports = async ({ n = 1 }) => tools.tasks.execute("deeper", { n: n + 1 });');
  rig.takeOver();
  const failure = await rig.failure("deeper");
  assert.equal(failure.code, "TASK_FAILED");
  assert.match(failure.message, /^runs are nested 32 deep: deeper → deeper/);
  assert.equal(rig.store.taskRuns.newest({ limit: 100 }).length, 32);
  assert.deepEqual(rig.store.taskRuns.unfinished(), []);
});

Deno.test("a run that ends cancels the runs nested in it, to any depth, with their calls in flight", async () => {
  await using rig = new Rig();
  rig.publish("leaf", 'module.exports = () => tools.outside.echo("leaf");');
  rig.publish("middle", 'module.exports = () => tools.tasks.execute("leaf");');
  rig.publish(
    "task",
    'module.exports = async () => { tools.tasks.execute("middle"); return await tools.outside.echo("mine"); };',
  );
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("task");
  await rig.outside.arrived("leaf", "mine");
  rig.outside.release("mine");
  assert.equal(await rig.result(id), "mine");
  const statuses = rig.store.taskRuns.newest({ limit: 3 }).map((run) => [run.taskName, run.status]);
  assert.deepEqual(statuses, [["leaf", "cancelled"], ["middle", "cancelled"], ["task", "completed"]]);
  assert.equal(rig.outside.calls.find((call) => call.args[0] === "leaf")!.signal.aborted, true);
  assert.deepEqual(rig.outside.waiting, []);
});

Deno.test("a nested run that is cancelled by itself fails its call in the run around it", async () => {
  await using rig = new Rig();
  rig.publish("leaf", 'module.exports = () => tools.outside.echo("leaf");');
  rig.publish("task", 'module.exports = () => tools.tasks.execute("leaf").catch((error) => error.code);');
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("task");
  await rig.outside.arrived("leaf");
  await rig.engine.cancel(rig.store.taskRuns.newest({ limit: 1 })[0]!.id);
  assert.equal(await rig.result(id), "CANCELLED");
});

Deno.test("a hundred nested runs cannot block each other with one lane", async () => {
  await using rig = new Rig({ lanes: 1 });
  rig.publish("double", DOUBLE);
  rig.publish(
    "task",
    `module.exports = async () => {
      const all = await Promise.all(Array.from({ length: 100 }, (_, n) => tools.tasks.execute("double", { n })));
      return all.reduce((sum, n) => sum + n);
    };`,
  );
  rig.takeOver();
  assert.equal(await rig.run("task"), 9900);
});

Deno.test("a takeover goes on in the middle of runs nested in runs", async () => {
  await using rig = new Rig();
  rig.publish(
    "leaf",
    'module.exports = async () => [await tools.outside.echo("one"), await tools.outside.echo("two")];',
  );
  rig.publish("middle", 'module.exports = async () => ({ leaf: await tools.tasks.execute("leaf") });');
  rig.publish("task", 'module.exports = async () => ({ middle: await tools.tasks.execute("middle") });');
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("task");
  await rig.outside.arrived("one");
  rig.outside.release("one");
  await rig.outside.arrived("two");
  rig.takeOver();
  rig.outside.unpause();
  assert.deepEqual(await rig.result(id), { "middle": { "leaf": ["one", "two"] } });
  assert.equal(rig.outside.asked("one").length, 1);
});

Deno.test("a nested run that goes on in the moment its parent ends leaves no open call behind", async () => {
  await using rig = new Rig();
  rig.publish(
    "busy",
    'module.exports = async () => { await tools.outside.echo("go"); for (let i = 0; i < 2e8; i++); };',
  );
  rig.publish(
    "leaf",
    'module.exports = async () => { await tools.outside.echo("leaf"); await tools.outside.echo("x"); };',
  );
  rig.publish(
    "task",
    'module.exports = async () => { tools.tasks.execute("leaf"); return await tools.outside.echo("mine"); };',
  );
  rig.outside.pause();
  rig.takeOver();
  const busy = await rig.submit("busy");
  const id = await rig.submit("task");
  await rig.outside.arrived("go", "leaf", "mine");
  const leaf = rig.store.nestedRuns.open(rig.row(id).run)[0]!;
  for (const run of [busy, id, leaf.id]) await rig.until(run, (row) => row.status === "suspended_waiting_child");
  // A realm at work puts the commit off, so that the end and the nested run's turn share it.
  for (const key of ["go", "mine", "leaf"]) rig.outside.release(key);
  assert.equal(await rig.result(id), "mine");
  await rig.ended(busy);
  assert.deepEqual(rig.store.stackRuns.open(leaf.run), []);
  assert.equal(rig.row(leaf.id).status, "cancelled");
});

Deno.test("an input grants the namespaces that it names, and a nested run none that the run around it has not", async () => {
  await using rig = new Rig();
  const input = { type: "object", properties: { tenants: { type: "array", "x-namespaces": true }, word: {} } };
  rig.publish("reads", "module.exports = () => tools.outside.echo(1);", { input });
  rig.publish("gives", 'module.exports = (input) => tools.tasks.execute("reads", input).catch(({ code }) => code);', {
    namespaces: ["default", "acme"],
  });
  rig.takeOver();
  const granted = () => rig.outside.calls.at(-1)!.manifest.namespaces;
  await rig.run("reads", { tenants: ["acme", "globex"], word: "else" });
  assert.deepEqual(granted(), ["default", "acme", "globex"]);
  assert.equal(await rig.run("gives", { tenants: ["acme"] }), 1);
  assert.deepEqual(granted(), ["default", "acme"]);
  assert.equal(await rig.run("gives", { tenants: ["acme", "globex"] }), "NAMESPACE_REFUSED");
  assert.equal(rig.outside.calls.length, 2);
});
