import assert from "node:assert/strict";
import { TaskerError } from "../core/errors.ts";
import { checkAudit } from "../store/audit_check.ts";
import { dryReplay } from "./dry_replay.ts";
import { Rig } from "./rig.ts";

const TASK = `module.exports = async ({ last = "end" }) => {
  console.log("begins", Math.random());
  const [a, b] = await Promise.all([tools.outside.echo("a"), tools.outside.echo("b")]);
  await tools.records.append("row", [{ a }, { b, at: Date.now() }]);
  await tools.log.info("kept", a);
  const c = await tools.outside.echo("c", a, Math.random());
  await tools.records.append("row", { c });
  return { a, b, c, end: await tools.outside.echo(last) };
};`;

async function original(rig: Rig): Promise<string> {
  rig.publish("task", TASK);
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("task");
  await rig.outside.arrived("a", "b");
  rig.outside.release("b", { type: "result", value: "B" });
  rig.outside.release("a", { type: "result", value: "A" });
  await rig.outside.arrived("c");
  rig.outside.unpause();
  await rig.result(id);
  return id;
}

const answersOf = (rig: Rig, id: string) =>
  rig.frames(id).map(({ seq, args, delivery, deliveredAt, result }) => ({ seq, args, delivery, deliveredAt, result }));
const recordsOf = (rig: Rig, id: string) =>
  [...rig.store.records.each({ run: rig.row(id).run })].map(({ seq, data }) => [seq, data]);

Deno.test("a fork has all that its run had up to the call, once, and makes the rest anew", async () => {
  await using rig = new Rig();
  const id = await original(rig);
  const result = JSON.parse(rig.row(id).result!);
  const asked = rig.outside.calls.length;
  // Call 6 keeps the second rows; call 7 is the last.
  const { taskRunId: fork } = await rig.engine.fork({ run: id, from: 6, reason: "again" });
  assert.deepEqual(await rig.result(fork), result);
  assert.deepEqual(rig.outside.calls.slice(asked).map(({ args }) => args[0]), ["end"]);
  assert.deepEqual(answersOf(rig, fork).slice(0, 5), answersOf(rig, id).slice(0, 5));
  assert.deepEqual(recordsOf(rig, fork), recordsOf(rig, id));
  assert.deepEqual(rig.logs(fork).toSorted(), rig.logs(id).toSorted());
  assert.deepEqual(JSON.parse(rig.row(fork).forkedFrom!), { run: id, from: 6, set: [] });
  const replay = { store: rig.store, reveal: (json: string) => json };
  assert.equal((await dryReplay({ ...replay, run: rig.row(fork) })).difference, undefined);
  assert.deepEqual(checkAudit(rig.store).problems, []);

  // From its very beginning, from between the calls of one turn, and behind its last call.
  for (const [from, made] of [[1, 4], [2, 3], [8, 0]] as const) {
    const before = rig.outside.calls.length;
    const { taskRunId } = await rig.engine.fork({ run: id, from });
    await rig.result(taskRunId);
    assert.equal(rig.outside.calls.length - before, made, `from ${from}`);
    assert.equal(recordsOf(rig, taskRunId).length, 3);
  }
});

Deno.test("a fork goes on from an edited answer, with another input or a newer version", async () => {
  await using rig = new Rig();
  const id = await original(rig);
  const fork = async (params: Omit<Parameters<typeof rig.engine.fork>[0], "run">) =>
    (await rig.engine.fork({ run: id, ...params })).taskRunId;
  // Made after the answer of call 1: from call 3 on, whatever else was asked beside it.
  const edited = await fork({ set: new Map([[1, "X"]]) });
  const { a, b } = await rig.result(edited) as { a: string; b: string };
  assert.deepEqual([a, b, JSON.parse(rig.row(edited).forkedFrom!).from], ["X", "B", 3]);
  assert.equal(rig.logs(edited).includes("kept X"), true);
  const other = await fork({ from: 7, input: { last: "other" } });
  assert.equal((await rig.result(other) as { end: string }).end, "other");
  rig.publish("task", TASK.replace("return {", "return { newer: true,"));
  assert.equal((await rig.result(await fork({ from: 7, latest: true })) as { newer?: boolean }).newer, true);
  assert.equal((await rig.result(await fork({ from: 7 })) as { newer?: boolean }).newer, undefined);
  const diverged = await rig.ended(await fork({ from: 7, set: new Map([[1, "X"]]) }));
  assert.equal(JSON.parse(diverged.error!).code, "NON_DETERMINISM");
});

Deno.test("a fork is asked for once under an id, and what cannot be is refused without a trace", async () => {
  await using rig = new Rig();
  const id = await original(rig);
  const runs = () => rig.store.taskRuns.newest({ limit: 100 }).length;
  const own = "01a20000-0000-7000-8000-000000000001";
  for (let times = 0; times < 2; times++) await rig.engine.fork({ id: own, run: id, from: 7 });
  assert.equal(runs(), 2);
  await assert.rejects(rig.engine.fork({ id: own, run: id, from: 6 }), { code: "CONFLICT" });
  await assert.rejects(rig.engine.fork({ run: "none", from: 1 }), { code: "NOT_FOUND" });
  for (const params of [{}, { from: 9 }, { from: 2, set: new Map([[2, 1]]) }, { set: new Map([[99, 1]]), from: 3 }]) {
    await assert.rejects(rig.engine.fork({ run: id, ...params }), { code: "INVALID_INPUT" });
  }
  await rig.result(own);
  assert.equal(runs(), 2);
});

Deno.test("a run in flight can be forked: its open calls are made again, and over a death of the owner", async () => {
  await using rig = new Rig();
  rig.publish("task", TASK);
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("task");
  await rig.outside.arrived("a", "b");
  rig.outside.release("b");
  await rig.until(id, () => rig.frames(id).some(({ delivery }) => delivery === 1));
  const { taskRunId: fork } = await rig.engine.fork({ run: id, from: 3 });
  await rig.until(fork, () => rig.outside.asked("a").length === 2);
  rig.takeOver();
  rig.outside.unpause();
  assert.deepEqual(Object.keys(await rig.result(fork) as object), ["a", "b", "c", "end"]);
  assert.equal(rig.outside.asked("b").length, 1);
  await rig.result(id);
});

Deno.test("a fork that shares answers makes only calls that nobody has answered, over the death of its owner, too", async () => {
  await using rig = new Rig();
  rig.outside.answer = ({ args: [name] }) => {
    if (name === "bad") throw new TaskerError("INVALID_INPUT", "bad");
    return { type: "result", value: `${name}!` };
  };
  const code = (body: string) =>
    `module.exports = async () => {
    const echo = (name) => tools.outside.echo(name).catch(({ code }) => code);
    ${body}
  };`;
  rig.publish("task", code('return [Date.now(), await Promise.all(["a", "a", "bad", "b"].map(echo))];'));
  rig.takeOver();
  const id = await rig.submit("task");
  const [began] = await rig.result(id) as [number];
  const published = rig.store.taskFunctions.latest("task")!;
  const source = code(`const all = [Date.now(), await echo("b"), await echo("new"), await echo("bad"), await echo("a")];
    await tools.records.append("row", all);
    return [...all, await echo("last"), await echo("a"), await echo("a")];`);
  const draft = rig.store.taskFunctions.keepDraft({ ...published, source, hash: "of the draft" }, { now: 1 });
  const asked = rig.outside.calls.length;
  rig.outside.pause();
  const { taskRunId } = await rig.engine.fork({ run: id, draft, answers: true, from: 1 });
  for (const name of ["new", "bad"]) {
    await rig.outside.arrived(name);
    rig.outside.release(name, { type: "result", value: `${name} now` });
  }
  await rig.outside.arrived("last");
  rig.takeOver();
  await rig.outside.arrived("last");
  rig.outside.unpause();
  const all = [began, "b!", "new now", "bad now", "a!"];
  assert.deepEqual(await rig.result(taskRunId), [...all, "last", "a!", "a!"]);
  assert.deepEqual(recordsOf(rig, taskRunId).length, all.length);
  const made = rig.outside.calls.slice(asked).map(({ args: [name] }) => name);
  // The last one was asked by both owners.
  assert.deepEqual(made, ["new", "bad", "last", "last", "a"]);
  const replay = { store: rig.store, reveal: (json: string) => json };
  assert.equal((await dryReplay({ ...replay, run: rig.row(taskRunId) })).difference, undefined);
  assert.deepEqual(checkAudit(rig.store).problems, []);
  // Nobody else gets to see the draft.
  assert.equal(rig.store.taskFunctions.get(rig.row(taskRunId).functionId).version, 0);
  assert.deepEqual([...rig.store.taskFunctions.versions("task"), ...rig.store.taskFunctions.list()], [
    published,
    published,
  ]);
  assert.equal(rig.publish("task", code("return 2;")), undefined);
  assert.equal(rig.store.taskFunctions.latest("task")!.version, 2);
  await assert.rejects(rig.engine.fork({ run: id, draft: "of none", from: 1 }), { code: "NOT_FOUND" });
});
