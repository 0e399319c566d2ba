import assert from "node:assert/strict";
import { VirtualClock } from "../core/clock.ts";
import type { Outcome } from "../services/contract.ts";
import { Rig } from "./rig.ts";

const failing = (code: string): Outcome => ({
  type: "error",
  error: { name: "Error", code, message: "not now" },
  retry: {},
});
const ALL = "module.exports = async ({ calls }) => (await Promise.all(calls.map(({ key, options }) =>" +
  " tools.with(options).outside.echo(key)))).length;";

/** The wait until the next attempt of a run's only call, ms. */
async function nextAttempt(rig: Rig, id: string, clock: VirtualClock): Promise<number> {
  const readyAt = () => rig.frames(id)[0]?.readyAt ?? undefined;
  await rig.until(id, () => readyAt() !== undefined);
  const wait = readyAt()! - clock.now();
  clock.advance(wait);
  return wait;
}

Deno.test("retry replaces the default backoff, and an error that is not to be retried is final", async () => {
  const clock = new VirtualClock();
  await using rig = new Rig({ clock });
  rig.publish(
    "task",
    `module.exports = async ({ retry }) => {
       try { await __callHostTool__("outside", "echo", ["x"], { retry }); } catch ({ code }) { return code; } };`,
  );
  rig.outside.answer = () => failing("UNAVAILABLE");
  rig.takeOver();
  const retry = { maxAttempts: 4, initialInterval: "10s", backoffCoefficient: 3, maximumInterval: "1m" };
  const id = await rig.submit("task", { retry });
  const waits = [];
  for (let attempt = 1; attempt < 4; attempt++) waits.push(await nextAttempt(rig, id, clock));
  assert.equal(await rig.result(id), "UNAVAILABLE");
  assert.deepEqual(waits, [7_500, 22_500, 45_000]);
  assert.equal(rig.outside.calls.length, 4);
  assert.equal(await rig.run("task", { retry: { nonRetryable: ["TIMEOUT", "UNAVAILABLE"] } }), "UNAVAILABLE");
  assert.equal(rig.outside.calls.length, 5);
});

Deno.test("the timeout is that of one attempt", async () => {
  const clock = new VirtualClock();
  await using rig = new Rig({ clock });
  rig.publish("task", ALL);
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("task", { calls: [{ key: "x", options: { timeout: "2s" } }] });
  await rig.outside.arrived("x");
  clock.advance(1_999);
  assert.equal(rig.outside.calls[0]!.signal.aborted, false);
  clock.advance(1);
  assert.match(String(rig.outside.calls[0]!.signal.reason), /no answer within 2 s/);
  const again = rig.outside.arrived("x");
  await nextAttempt(rig, id, clock);
  await again;
  rig.outside.release("x");
  assert.equal(await rig.result(id), 1);
});

Deno.test("at most so many calls with a concurrency key are in flight, over all runs and after a death", async () => {
  await using rig = new Rig();
  rig.publish("task", ALL);
  rig.outside.pause();
  rig.takeOver();
  const options = { concurrencyKey: { key: "shop", limit: 2 } };
  const calls = (names: string) => ({ calls: [...names].map((key) => ({ key, options })) });
  const ids = [await rig.submit("task", calls("abc")), await rig.submit("task", calls("def"))];
  const queued = () => ids.flatMap((id) => rig.frames(id)).filter(({ waitingFor }) => waitingFor !== null);
  await rig.until(ids[1]!, () => queued().length === 4);
  assert.equal(rig.outside.waiting.length, 2);
  assert.equal(queued()[0]!.waitingFor, "of calls shop (other calls are in flight)");
  rig.reopen();
  rig.takeOver();
  await rig.until(ids[1]!, () => queued().length === 4);
  for (let left = 6; left > 0; left--) {
    assert.equal(rig.outside.waiting.length, Math.min(left, 2));
    const next = left > 2 ? rig.outside.next() : undefined;
    rig.outside.release(rig.outside.waiting[0]!);
    await next;
  }
  assert.deepEqual([await rig.result(ids[0]!), await rig.result(ids[1]!)], [3, 3]);
});

Deno.test("a call that has room under one key and queues for another gives the first one on", async () => {
  await using rig = new Rig();
  rig.publish("task", ALL);
  rig.outside.pause();
  rig.outside.concurrency = 1;
  rig.takeOver();
  const mine = { concurrencyKey: { key: "shop", limit: 1 } };
  const call = (key: string, options = {}) => ({ key, options });
  const first = await rig.submit("task", { calls: [call("x"), call("a", mine)] });
  await rig.outside.arrived("x", "a");
  const second = await rig.submit("task", { calls: [call("x", mine), call("b", mine)] });
  await rig.until(second, () => rig.frames(second).filter(({ waitingFor }) => waitingFor !== null).length === 2);
  const next = rig.outside.next();
  rig.outside.release("a");
  await next;
  assert.deepEqual(rig.outside.waiting, ["x", "b"]);
  rig.outside.unpause();
  assert.deepEqual([await rig.result(first), await rig.result(second)], [2, 2]);
});

Deno.test("higher priorities go first over all runs, and the lower ones have their turn in every eighth claim", async () => {
  await using rig = new Rig({ lanes: 1 });
  rig.publish("task", ALL);
  rig.outside.pause();
  rig.takeOver();
  const many = (letter: string, count: number, priority: number) =>
    Array.from({ length: count }, (_, n) => ({ key: `${letter}${n}`, options: { priority } }));
  const first = await rig.submit("task", { calls: many("first", 1, 0) });
  await rig.outside.arrived("first0");
  const low = await rig.submit("task", { calls: many("low", 3, -1) });
  const high = await rig.submit("task", { calls: [...many("mid", 3, 0), ...many("high", 15, 5)] });
  await rig.until(high, () => rig.frames(high).length === 18);
  const order: string[] = [];
  for (let left = 22; left > 0; left--) {
    const next = left > 1 ? rig.outside.next() : undefined;
    order.push(rig.outside.waiting[0]!);
    rig.outside.release(rig.outside.waiting[0]!);
    await next;
  }
  for (const id of [first, low, high]) await rig.result(id);
  assert.equal(order.filter((key) => key.startsWith("high")).join(), many("high", 15, 5).map(({ key }) => key).join());
  const places = (letter: string) => order.flatMap((key, place) => key.startsWith(letter) ? [place] : []);
  assert.equal(places("high").at(-1)! - places("high")[0]!, 16);
  assert.equal(places("low").filter((place) => place < places("high").at(-1)!).length, 1);
  assert.ok(places("mid").at(-1)! < places("low").at(-1)!);
});

Deno.test("options are checked where the call is made, journaled with it, and no part of what a replay compares", async () => {
  await using rig = new Rig();
  const source = (timeout: string, wrong: string) =>
    `module.exports = async () => {
       const faults = [];
       for (const call of [
         () => tools.with({ timeout: "${timeout}", priority: 2 }).outside.echo("x"),
         () => __callHostTool__("outside", "echo", ["y"], ${wrong}),
         () => tools.with({ idempotencyKey: "k" }).records.append("row", {}),
       ]) await Promise.resolve().then(call).catch(({ code, message }) => faults.push(code + ": " + message));
       await tools.outside.echo("last");
       return faults; };`;
  rig.publish("task", source("5s", "{ timeout: -1 }"));
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("task");
  await rig.outside.arrived("x");
  rig.outside.release("x");
  await rig.outside.arrived("last");
  assert.deepEqual(rig.frames(id).map(({ options, priority }) => [options, priority]), [
    ['{"timeout":5000,"priority":2}', 2],
    ['{"idempotencyKey":"k"}', 0],
    [null, 0],
  ]);
  const { functionId } = rig.row(id);
  rig.reopen();
  const changed = source("9s", "{ timeout: -2 }");
  rig.store.db.prepare("UPDATE task_functions SET source = ? WHERE id = ?").run(changed, functionId);
  rig.takeOver();
  await rig.outside.arrived("last");
  rig.outside.release("last");
  assert.deepEqual(await rig.result(id), [
    "INVALID_INPUT: timeout must be a duration from 1 ms to 30 days",
    "INVALID_INPUT: the option idempotencyKey means nothing to records",
  ]);
});

Deno.test("a call that was next for one key and finds its other key full leaves the first to those behind it", async () => {
  await using rig = new Rig();
  rig.outside.concurrency = 1;
  rig.publish(
    "keyed",
    `module.exports = async () => {
      const a = { concurrencyKey: { key: "a", limit: 1 } };
      const first = tools.outside.echo("k");
      const both = __callHostTool__("outside", ["echo"], ["k"], a);
      const holder = tools.outside.echo("gate").then(() => __callHostTool__("outside", ["echo"], ["h"], a));
      return await Promise.all([first, both, tools.outside.second("k"), holder]);
    };`,
  );
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("keyed");
  await rig.until(id, () => rig.frames(id).filter(({ blocked }) => blocked === "key outside k").length === 2);
  await rig.outside.arrived("gate");
  rig.outside.release("gate");
  await rig.outside.arrived("h");
  rig.outside.release("k");
  await rig.outside.arrived("k");
  assert.deepEqual(rig.outside.calls.map(({ method }) => method), ["echo", "echo", "echo", "second"]);
  rig.outside.unpause();
  assert.deepEqual(await rig.result(id), ["k", "k", "k", "h"]);
});
