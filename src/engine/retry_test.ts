import assert from "node:assert/strict";
import { serializeError, TaskerError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";

import { checkAudit } from "../store/audit_check.ts";
import { dryReplay } from "./dry_replay.ts";
import { Rig } from "./rig.ts";

const refused = (message: string) =>
  ({ type: "error", error: serializeError(new TaskerError("INVALID_INPUT", message)) }) as const;

/** Fails every call with that key until it is mended. */
function broken(rig: Rig, ...keys: string[]): () => void {
  rig.outside.answer = ({ args: [key] }) =>
    keys.includes(String(key)) ? refused(`no ${key}`) : { type: "result", value: key ?? null };
  return () => rig.outside.answer = ({ args: [key] }) => ({ type: "result", value: key ?? null });
}

const askedSince = (rig: Rig, before: number) => rig.outside.calls.slice(before).map(({ args }) => args[0]);
const errorOf = (rig: Rig, id: string) => JSON.parse(rig.row(id).error!);
const sharedBy = (rig: Rig, id: string) => JSON.parse(rig.row(id).forkedFrom!);
const retry = async (rig: Rig, id: string, more: { latest?: boolean; id?: string } = {}) =>
  (await rig.engine.retry({ run: id, ...more })).taskRunId;

const TASK = `module.exports = async () => {
  console.log("begins", Math.random());
  const [a, b] = await Promise.all([tools.outside.echo("a"), tools.outside.echo("b")]);
  await tools.records.append("row", [{ a, at: Date.now() }, { b }]);
  await tools.log.info("kept", a);
  try {
    return await Promise.all([tools.outside.echo("bad"), tools.outside.echo("beside"), tools.outside.echo("open")]);
  } catch (error) {
    await tools.records.append("row", { gaveUp: true });
    throw new Error("it went wrong", { cause: error });
  }
};`;

/** A run that has failed of call 5, while call 6 was answered and call 7 was open. */
async function failed(rig: Rig): Promise<string> {
  rig.publish("task", TASK);
  rig.takeOver();
  rig.outside.answer = ({ args: [key], signal }) =>
    key === "open"
      ? new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))
      : key === "bad"
      ? refused("no bad")
      : { type: "result", value: key ?? null };
  const id = await rig.submit("task");
  assert.equal((await rig.ended(id)).status, "failed");
  return id;
}

Deno.test("a retry has the answers of its run, makes the failed call again and goes on", async () => {
  await using rig = new Rig();
  const id = await failed(rig);
  assert.deepEqual([errorOf(rig, id).message, errorOf(rig, id).call], ["it went wrong", 5]);
  const before = rig.row(id);
  const rowsOf = (run: string) => [...rig.store.records.each({ run: rig.row(run).run })].map(({ data }) => data);
  broken(rig)();
  const asked = rig.outside.calls.length;
  const again = await retry(rig, id);
  assert.deepEqual(await rig.result(again), ["bad", "beside", "open"]);
  assert.deepEqual(askedSince(rig, asked).toSorted(), ["bad", "open"]);
  assert.deepEqual(rowsOf(again), rowsOf(id).slice(0, 2));
  assert.deepEqual(rig.logs(again).toSorted(), rig.logs(id).filter((line) => !line.startsWith("run ")).toSorted());
  assert.deepEqual(sharedBy(rig, again), { run: id, from: 8, set: [], again: [5] });
  // What has ended stays as it was.
  assert.deepEqual(rig.row(id), before);
  const replay = await dryReplay({ store: rig.store, run: rig.row(again), reveal: (json) => json });
  assert.deepEqual([replay.difference, replay.calls], [undefined, 7]);
  assert.deepEqual(checkAudit(rig.store).problems, []);
});

Deno.test("a failed run is retried once, under an id of one's own, and a retry that fails in its turn", async () => {
  await using rig = new Rig();
  const id = await failed(rig);
  const own = "01a20000-0000-7000-8000-000000000001";
  broken(rig, "bad");
  for (let times = 0; times < 2; times++) assert.equal(await retry(rig, id, { id: own }), own);
  assert.equal((await rig.ended(own)).status, "failed");
  await assert.rejects(retry(rig, id), { code: "CONFLICT", hint: `retry that one: tasker retry ${own}` });
  broken(rig)();
  const last = await retry(rig, own);
  await rig.result(last);
  assert.deepEqual(sharedBy(rig, last).again, [5]);
  await assert.rejects(retry(rig, last), { code: "CONFLICT", message: /has not failed: it is completed/ });
  await assert.rejects(retry(rig, "none"), { code: "NOT_FOUND" });
});

Deno.test("who submits under the key of a failed run is given its retry", async () => {
  await using rig = new Rig();
  rig.publish("task", `module.exports = async () => await tools.outside.echo("bad");`);
  rig.takeOver();
  const mend = broken(rig, "bad");
  const submission = { taskName: "task", input: {}, idempotencyKey: "monday" };
  const { taskRunId: id } = await rig.engine.submit(submission);
  await rig.ended(id);
  assert.equal((await rig.engine.submit(submission)).taskRunId, id);
  const first = await retry(rig, id);
  await rig.ended(first);
  mend();
  const second = await retry(rig, first);
  assert.equal((await rig.engine.submit(submission)).taskRunId, second);
});

Deno.test("code that has thrown by itself is retried only with other code, which must fit what was answered", async () => {
  await using rig = new Rig();
  const source = (end: string) =>
    `module.exports = async () => {
      const a = await tools.outside.echo("a").catch(() => 1);
      const b = await tools.outside.echo("b");
      ${end}
    };`;
  rig.publish("task", source("return a.b.c;"));
  rig.takeOver();
  const id = await rig.submit("task");
  assert.equal((await rig.ended(id)).status, "failed");
  assert.equal(errorOf(rig, id).call, undefined);
  await assert.rejects(retry(rig, id), { code: "CONFLICT", message: /no failed call has ended run/ });
  rig.publish("task", source("return [a, b];").replace('echo("b")', 'echo("c")'));
  await assert.rejects(retry(rig, id, { latest: true }), { code: "NON_DETERMINISM", hint: /nothing was retried/ });
  assert.equal(rig.store.taskRuns.retryOf(id), undefined);
  rig.publish("task", source('return [a, b, await tools.outside.echo("c")];'));
  const asked = rig.outside.calls.length;
  assert.deepEqual(await rig.result(await retry(rig, id, { latest: true })), ["a", "b", "c"]);
  assert.deepEqual(askedSince(rig, asked), ["c"]);
});

Deno.test("the newest version need not make what was made after the failure", async () => {
  await using rig = new Rig();
  const id = await failed(rig);
  broken(rig)();
  rig.publish("task", TASK.replace('tools.records.append("row", { gaveUp: true })', "tools.outside.echo('other')"));
  assert.deepEqual(await rig.result(await retry(rig, id, { latest: true })), ["bad", "beside", "open"]);
});

Deno.test("errors that were caught stay, and those that came after the failed call are made again", async () => {
  await using rig = new Rig();
  rig.publish(
    "task",
    `module.exports = async () => {
      const caught = await tools.outside.echo("first").catch((error) => error.message);
      const all = await Promise.allSettled(["x", "y", "z"].map((key) => tools.outside.echo(key)));
      const bad = all.find(({ status }) => status === "rejected");
      if (bad !== undefined) throw bad.reason;
      return [caught, ...all.map(({ value }) => value)];
    };`,
  );
  rig.takeOver();
  broken(rig, "first", "x", "z");
  const id = await rig.submit("task");
  await rig.ended(id);
  broken(rig)();
  const asked = rig.outside.calls.length;
  assert.deepEqual(await rig.result(await retry(rig, id)), ["no first", "x", "y", "z"]);
  assert.deepEqual(askedSince(rig, asked).toSorted(), ["x", "z"]);
});

Deno.test("a nested run that has failed its parent goes on from its own failed call", async () => {
  await using rig = new Rig();
  rig.publish(
    "outer",
    `module.exports = async () => [await tools.outside.echo("o"), await tools.tasks.execute("inner")];`,
  );
  rig.publish(
    "inner",
    `module.exports = async () => {
      await tools.records.append("row", { one: 1 });
      return [await tools.outside.echo("i"), await tools.outside.echo("bad")];
    };`,
  );
  rig.takeOver();
  broken(rig, "bad");
  const id = await rig.submit("outer");
  await rig.ended(id);
  const nestedIn = (id: string) => rig.store.taskRuns.byRootFrame(rig.frames(id)[1]!.id)!;
  await assert.rejects(retry(rig, nestedIn(id).id), {
    code: "CONFLICT",
    hint: `retry that one: it goes on with what is nested in it (tasker retry ${id})`,
  });
  broken(rig)();
  const asked = rig.outside.calls.length;
  const again = await retry(rig, id);
  assert.deepEqual(await rig.result(again), ["o", ["i", "bad"]]);
  assert.deepEqual(askedSince(rig, asked), ["bad"]);
  assert.deepEqual([nestedIn(again).retryOf, sharedBy(rig, nestedIn(again).id).again], [nestedIn(id).id, [3]]);
  assert.equal([...rig.store.records.each({ run: nestedIn(again).run })].length, 1);
});

Deno.test("a cancelled run is retried with what it was told of as cancelled, and the signals it did not take", async () => {
  await using rig = new Rig();
  rig.publish(
    "task",
    `module.exports = async () => {
      try {
        return [await tools.outside.echo("a"), await tools.signals.wait("go"), await tools.signals.wait("stop")];
      } finally {
        await tools.outside.echo("clean up");
      }
    };`,
  );
  rig.takeOver();
  const id = await rig.submit("task");
  await rig.engine.signal({ id, name: "go", data: 1 });
  await rig.engine.signal({ id, name: "later", data: 2 });
  await rig.until(id, (run) => rig.store.stackRuns.signalWaits(run.run).some(({ args }) => args.includes("stop")));
  await rig.engine.cancel(id);
  await rig.ended(id);
  const asked = rig.outside.calls.length;
  const again = await retry(rig, id);
  await rig.engine.signal({ id: again, name: "stop", data: 3 });
  assert.deepEqual(await rig.result(again), ["a", 1, 3]);
  assert.deepEqual(askedSince(rig, asked), ["clean up"]);
  assert.equal(rig.store.signals.countKept(rig.row(again).run), 1);
});

Deno.test("a retry waits for its turn, is held and cancelled before it has begun, and outlives its owner", async () => {
  await using rig = new Rig();
  rig.publish(
    "task",
    `module.exports = async ({ key }) => [await tools.outside.echo("a"), await tools.outside.echo(key)];`,
    { limits: { concurrency: 1 } },
  );
  rig.takeOver();
  const mend = broken(rig, "bad");
  const failures = [];
  for (let n = 0; n < 3; n++) failures.push(await rig.submit("task", { key: "bad" }));
  for (const id of failures) await rig.ended(id);
  mend();
  rig.outside.pause();
  const first = await rig.submit("task", { key: "other" });
  await rig.outside.arrived("a");
  const asked = rig.outside.calls.length;
  const [one, two, three] = [
    await retry(rig, failures[0]!),
    await retry(rig, failures[1]!),
    await retry(rig, failures[2]!),
  ];
  await rig.engine.hold(one!);
  await rig.engine.cancel(two!);
  assert.deepEqual([one!, two!, three!].map((id) => rig.row(id).status), ["held", "cancelled", "queued"]);
  assert.deepEqual(askedSince(rig, asked), []);
  await rig.engine.resume(one!);
  rig.reopen();
  rig.takeOver();
  rig.outside.unpause();
  for (const id of [first, one!, three!]) assert.equal((await rig.result(id) as Json[])[0], "a");
  assert.deepEqual(askedSince(rig, asked).filter((key) => key === "bad").length, 2);
});

Deno.test("the time of a run, its attempts and a person's approval begin anew with its retry", async () => {
  await using rig = new Rig();
  rig.publish(
    "task",
    `module.exports = async () => await tools.with({ retry: { maxAttempts: 1 } }).outside.write("a");`,
  );
  rig.takeOver();
  const { taskRunId: id } = await rig.engine.submit({ taskName: "task", input: {}, deadline: 3_600_000 });
  rig.addRule("ask");
  rig.engine.step();
  const [call] = await rig.asked(id);
  broken(rig, "a");
  await rig.engine.decide({ id: call!, state: "approved", by: "ann@laptop" });
  await rig.ended(id);
  const again = await retry(rig, id);
  const [asked] = await rig.asked(again);
  broken(rig)();
  await rig.engine.decide({ id: asked!, state: "approved", by: "ann@laptop" });
  assert.equal(await rig.result(again), "a");
  const { deadline, createdAt } = rig.row(again);
  assert.equal(deadline! - createdAt, 3_600_000);
  assert.equal(rig.frames(again).at(-1)!.attempt, 1);
});
