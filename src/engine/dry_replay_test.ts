import assert from "node:assert/strict";
import type { TaskCode } from "../core/manifest.ts";
import { dryReplay } from "./dry_replay.ts";
import { openStore } from "../store/store.ts";
import { Rig } from "./rig.ts";

const COUNT = `module.exports = async function count({ to }) {
  const seen = [];
  for (let i = 0; i < to; i++) seen.push(await tools.outside.echo(i));
  console.log("counted");
  return { seen, dice: Math.random(), at: Date.now() };
};`;

/** As another process does it: with a connection of its own. */
function replayer(rig: Rig) {
  return (id: string, source?: string) => {
    const run = rig.row(id);
    const own = rig.store.taskFunctions.get(run.functionId);
    const code: TaskCode = { ...own, source: source ?? own.source, hash: source ?? own.hash };
    const store = openStore(rig.path);
    return dryReplay({ store, run, code, reveal: (json) => json }).finally(() => store.close());
  };
}

Deno.test("code that does as recorded is the same, without any outside call or row", async () => {
  await using rig = new Rig();
  rig.publish("count", COUNT);
  rig.publish("outer", 'module.exports = () => tools.tasks.execute("count", { to: 2 });');
  rig.takeOver();
  const id = await rig.submit("count", { to: 600 });
  await rig.result(id);
  const outer = await rig.submit("outer");
  await rig.result(outer);
  const asked = rig.outside.calls.length;
  const before = rig.store.db.prepare("SELECT total_changes() AS n").get();
  const replay = replayer(rig);
  assert.deepEqual(await replay(id), { calls: 600, answers: 600, difference: undefined, next: [] });
  assert.deepEqual(await replay(outer), { calls: 1, answers: 1, difference: undefined, next: [] });
  const renamed = COUNT.replaceAll("seen", "got").replace("{ got,", "{ seen: got,");
  assert.equal((await replay(id, renamed)).difference, undefined);
  assert.equal(rig.outside.calls.length, asked);
  assert.deepEqual(rig.store.db.prepare("SELECT total_changes() AS n").get(), before);
});

Deno.test("the first difference is named with both calls and their places in the code", async () => {
  await using rig = new Rig();
  rig.publish("count", COUNT);
  rig.takeOver();
  const id = await rig.submit("count", { to: 2 });
  await rig.result(id);
  const replay = replayer(rig);
  const filename = rig.store.taskFunctions.get(rig.row(id).functionId).filename;
  const recorded = { seq: 2, service: "outside", method: "echo", args: "[1]", at: `${filename}:3:62` };

  const other = await replay(id, COUNT.replace("echo(i)", "echo(i * i * 2)"));
  assert.deepEqual(other.difference, {
    type: "call",
    recorded,
    now: { ...recorded, args: "[2]" },
  });
  assert.equal(other.calls, 1);
  const fewer = await replay(id, COUNT.replace("i < to", "i < 1"));
  assert.deepEqual(fewer.difference, { type: "call", recorded, now: undefined });
  const more = await replay(id, COUNT.replace("i < to", "i <= to"));
  assert.deepEqual(more.difference, {
    type: "new call",
    now: { ...recorded, seq: 3, args: "[2]", at: `${filename}:3:63` },
  });
});

Deno.test("another end is a difference; an error is the same by its words, not by its lines", async () => {
  await using rig = new Rig();
  rig.publish("count", COUNT);
  const fails = 'module.exports = async () => { await tools.outside.echo(1); throw new RangeError("no"); };';
  rig.publish("fails", fails);
  const waits = "module.exports = () => new Promise(() => {});";
  rig.publish("waits", waits);
  rig.takeOver();
  const ids = [];
  for (const [name, input] of [["count", { to: 1 }], ["fails", {}], ["waits", {}]] as const) {
    const id = await rig.submit(name, input);
    await rig.ended(id);
    ids.push(id);
  }
  const [count, failed, stuck] = ids as [string, string, string];
  const replay = replayer(rig);
  const ending = (await replay(count, COUNT.replace("{ seen,", "{ seen: seen.length,"))).difference;
  assert.ok(ending?.type === "end" && ending.recorded.type === "completed" && ending.now?.type === "completed");
  assert.equal(JSON.parse(ending.now.json).seen, 1);
  assert.equal((await replay(failed)).difference, undefined);
  assert.equal((await replay(failed, `\n\n${fails}`)).difference, undefined);
  const completes = (await replay(failed, fails.replace("throw new", "return new"))).difference;
  assert.ok(completes?.type === "end" && completes.now?.type === "completed");
  assert.equal((await replay(stuck)).difference, undefined);
  assert.equal((await replay(stuck, "module.exports = () => 1;")).difference?.type, "end");
});

Deno.test("a run in flight is replayed while its owner goes on, and may have gone beyond the journal", async () => {
  await using rig = new Rig();
  rig.publish("count", COUNT);
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("count", { to: 3 });
  await rig.outside.arrived("0");
  const replay = replayer(rig);
  const parallel = COUNT.replace("for (let", "tools.outside.other(); for (let");
  assert.equal((await replay(id, parallel)).difference?.type, "call");
  const beside = COUNT.replace("tools.outside.echo(i)", "Promise.all([tools.outside.echo(i), tools.outside.other()])");
  assert.deepEqual((await replay(id, beside)).next.map(({ seq, method }) => [seq, method]), [[2, "other"]]);
  const done = replay(id);
  rig.outside.release("0", { type: "result", value: 0 });
  await rig.outside.arrived("1");
  const { difference, calls } = await done;
  assert.deepEqual([difference, calls >= 1], [undefined, true]);
  rig.outside.unpause();
  await rig.result(id);
});

Deno.test("code that computes without end is told so", async () => {
  await using rig = new Rig();
  rig.publish("count", COUNT);
  rig.takeOver();
  const id = await rig.submit("count", { to: 1 });
  await rig.result(id);
  await assert.rejects(
    dryReplay({
      store: rig.store,
      run: rig.row(id),
      code: { ...rig.store.taskFunctions.get(1), hash: "x", source: "module.exports = () => { for (;;); };" },
      reveal: (json) => json,
      tickTimeout: 50,
    }),
    { code: "TASK_STALLED" },
  );
});
