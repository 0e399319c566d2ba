import assert from "node:assert/strict";
import { VirtualClock } from "../core/clock.ts";
import { Rig } from "./rig.ts";

const ONE = 'module.exports = async () => await tools.outside.echo("a");';
const LOOP = "module.exports = async () => { await tools.outside.echo('a'); while (true) {} };";

Deno.test("a call in flight at a death that may be repeated is made again, with the same id and attempt", async () => {
  await using rig = new Rig();
  rig.publish("task", ONE);
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("task");
  await rig.outside.arrived("a");
  rig.takeOver();
  await rig.outside.arrived("a");
  rig.outside.release("a");
  assert.equal(await rig.result(id), "a");
  const [first, again] = rig.outside.calls;
  assert.deepEqual([again!.frameId, again!.attempt], [first!.frameId, 1]);
});

Deno.test("a call in flight at a death that changes something is not made again: OUTCOME_UNKNOWN, catchably", async () => {
  await using rig = new Rig();
  rig.publish(
    "task",
    'module.exports = async () => { try { await tools.outside.send("a"); } catch (e) { return e.code; } };',
  );
  rig.outside.traitsOf = () => ({ repeatable: false });
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("task");
  await rig.outside.arrived("a");
  rig.takeOver();
  assert.equal(await rig.result(id), "OUTCOME_UNKNOWN");
  assert.equal(rig.outside.calls.length, 1);
});

Deno.test("a local effect that was claimed at a death is applied once", async () => {
  await using rig = new Rig();
  rig.publish("task", 'module.exports = async () => (await tools.records.append("row", 1)).last;');
  rig.nudge = () => {};
  rig.takeOver();
  const id = await rig.submit("task");
  rig.engine.step();
  await rig.until(id, () => rig.frames(id).length === 1);
  rig.store.db.exec("UPDATE stack_runs SET status = 'processing', attempt = 1 WHERE seq = 1");
  rig.nudge = (engine) => queueMicrotask(() => engine.step());
  rig.takeOver();
  assert.equal(await rig.result(id), 1);
  assert.equal(rig.store.records.kinds(rig.row(id).run).get("row"), 1);
});

Deno.test("a run that never ends its turn is tried once more alone, then fails with TASK_STALLED; others go on", async () => {
  await using rig = new Rig({ executor: { tickTimeout: 150 } });
  rig.publish("loop", LOOP);
  rig.publish(
    "other",
    'module.exports = async () => { for (let i = 0; i < 20; i++) await tools.outside.echo("o"); return "ok"; };',
  );
  rig.takeOver();
  const loop = await rig.submit("loop");
  assert.equal(await rig.run("other"), "ok");
  const row = await rig.ended(loop);
  assert.equal(JSON.parse(row.error!).code, "TASK_STALLED");
  assert.equal(row.stalls, 1);
  assert.equal(rig.outside.asked("a").length, 1);
});

Deno.test("a run whose code was running at three deaths, each time alone, fails; the others of that time go on", async () => {
  await using rig = new Rig();
  rig.publish("task", 'module.exports = async () => [await tools.outside.echo("a"), await tools.outside.echo("b")];');
  rig.outside.pause();
  rig.takeOver();
  const bomb = await rig.submit("task");
  const other = await rig.submit("task");
  await rig.until(bomb, (run) => run.status === "suspended_waiting_child");
  await rig.until(other, (run) => run.status === "suspended_waiting_child");
  rig.store.taskRuns.setDeaths(rig.row(bomb).run, { deaths: 3, earlyDeaths: 0 });
  rig.store.taskRuns.setDeaths(rig.row(other).run, { deaths: 2, earlyDeaths: 9 });
  rig.takeOver();
  const row = await rig.ended(bomb);
  assert.equal(JSON.parse(row.error!).code, "TASK_KILLED_PROCESS");
  await rig.outside.arrived("a");
  rig.outside.release("a");
  await rig.outside.arrived("b");
  assert.equal(rig.row(other).deaths, 2);
  rig.outside.release("b");
  assert.deepEqual(await rig.result(other), ["a", "b"]);
  assert.equal(rig.row(other).deaths, 0);
});

Deno.test("while code of a run may be running its row says so, and not when it is held, evicted or over", async () => {
  await using rig = new Rig({ maxRealms: 1 });
  rig.publish(
    "task",
    "module.exports = async ({ name }) => [await tools.outside.echo(name + 1), await tools.outside.echo(name + 2)];",
  );
  const live = (id: string) => rig.store.db.prepare("SELECT live FROM task_runs WHERE id = ?").get(id)!.live;
  rig.outside.pause();
  rig.takeOver();
  const first = await rig.submit("task", { name: "a" });
  await rig.outside.arrived("a1");
  assert.equal(live(first), 1);
  const second = await rig.submit("task", { name: "b" });
  await rig.outside.arrived("b1");
  assert.deepEqual([live(first), live(second)], [0, 1]);
  rig.outside.release("a1");
  await rig.outside.arrived("a2");
  assert.deepEqual([live(first), live(second)], [1, 0]);
  await rig.engine.hold(first);
  assert.equal(live(first), 0);
  await rig.engine.resume(first);
  assert.equal(live(first), 1);
  rig.outside.unpause();
  await rig.ended(first);
  await rig.ended(second);
  assert.deepEqual([live(first), live(second)], [0, 0]);
});

Deno.test("a death between the claim of a run and its first turn loses neither", async () => {
  await using rig = new Rig();
  rig.publish("task", ONE);
  rig.nudge = () => {};
  rig.takeOver();
  const id = await rig.submit("task");
  rig.engine.step();
  assert.equal(rig.row(id).status, "running");
  rig.nudge = (engine) => queueMicrotask(() => engine.step());
  rig.takeOver();
  assert.equal(await rig.result(id), "a");
});

Deno.test("many takeovers in a row, at any moment, end in the same result as none", async () => {
  await using rig = new Rig({ maxRealms: 2 });
  rig.publish(
    "task",
    `module.exports = async ({ name }) => {
      const seen = [];
      for (let i = 0; i < 12; i++) {
        const [a, b] = await Promise.all([tools.outside.echo(name + i), tools.records.append("row", i)]);
        seen.push(a, b.last);
      }
      return seen;
    };`,
  );
  let calls = 0;
  rig.outside.answer = (call) => {
    if (++calls % 5 === 0 && calls < 60) rig.takeOver();
    return { type: "result", value: call.args[0]! };
  };
  rig.takeOver();
  const names = ["x", "y", "z"];
  const ids: string[] = [];
  for (const name of names) ids.push(await rig.submit("task", { name }).catch(() => rig.submit("task", { name })));
  for (const [at, id] of ids.entries()) {
    const expected = Array.from({ length: 12 }, (_, i) => [`${names[at]}${i}`, i + 1]).flat();
    assert.deepEqual(await rig.result(id), expected);
  }
});

Deno.test("a run whose turn ends the process in its first moments fails too, after more deaths than a killed one meets", async () => {
  await using rig = new Rig();
  rig.publish("task", 'module.exports = async () => await tools.outside.get("a");');
  rig.outside.pause();
  rig.takeOver();
  const [bomb, killed] = [await rig.submit("task"), await rig.submit("task")];
  await rig.outside.arrived("a");
  rig.store.taskRuns.setDeaths(rig.row(bomb).run, { deaths: 0, earlyDeaths: 10 });
  rig.store.taskRuns.setDeaths(rig.row(killed).run, { deaths: 0, earlyDeaths: 9 });
  rig.takeOver();
  assert.equal(JSON.parse((await rig.ended(bomb)).error!).code, "TASK_KILLED_PROCESS");
  rig.outside.unpause();
  assert.equal(await rig.result(killed), "a");
});

Deno.test("a run in its first turn when its owner stopped is begun anew by the next owner, and makes its call once", async () => {
  await using rig = new Rig();
  rig.publish("task", ONE);
  const first = rig.takeOver();
  const id = await rig.submit("task");
  await first.stop();
  assert.deepEqual([rig.row(id).status, rig.outside.calls.length], ["running", 0]);
  rig.takeOver();
  assert.equal(await rig.result(id), "a");
  assert.equal(rig.outside.calls.length, 1);
});

Deno.test("a death in the replay of turns that were taken before weighs as little as an early one", async () => {
  const clock = new VirtualClock();
  await using rig = new Rig({ clock });
  const compute = "let n = 0; while (n < 4e8) n++;";
  rig.publish(
    "task",
    `module.exports = async () => { await tools.outside.echo("a"); ${compute} return await tools.outside.echo("b"); };`,
  );
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("task");
  await rig.outside.arrived("a");
  rig.outside.release("a");
  await rig.outside.arrived("b");
  rig.store.taskRuns.setLive(rig.row(id).run, true);
  rig.takeOver();
  await rig.outside.arrived("b");
  rig.outside.release("b");
  // Its realm computes again what it had computed before; the process may be killed now.
  while (rig.row(id).earlyDeaths === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  clock.advance(1_000);
  assert.deepEqual([rig.row(id).deaths, rig.row(id).earlyDeaths], [0, 1]);
  await rig.ended(id);
  assert.equal(rig.row(id).status, "completed");
});
