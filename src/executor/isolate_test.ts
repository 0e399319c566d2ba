import assert from "node:assert/strict";
import { VirtualClock } from "../core/clock.ts";
import type { TaskerError } from "../core/errors.ts";
import { drive, resultOf, runStart, task, taskCode, withExecutor } from "./fixtures/drive.ts";

const withCode = (code: string) => (error: TaskerError) => error.code === code;

/** Does `what` the input says after its first call, so that runs of one version differ. */
const chameleon = task(`
  await tools.a.b();
  if (input.loop) while (true) {}
  if (input.microtasks) for (;;) await null;
  if (input.native) "a".repeat(2 ** 19 - 2 ** 17).indexOf("a".repeat(2 ** 16) + "b" + "a".repeat(2 ** 16));
  if (input.rejects) Promise.reject(new Error("nobody handles me"));
  return await tools.c.d();`);
const first = { seq: 1, at: 0, ok: true, json: "1" };
const second = { seq: 2, at: 0, ok: true, json: '"alive"' };

for (const kind of ["loop", "microtasks"]) {
  Deno.test(`endless ${kind} cost only their own realm`, () =>
    withExecutor(async (executor) => {
      const innocent = await executor.start(chameleon, runStart());
      const guilty = await executor.start(chameleon, runStart({ [kind]: true }));
      const stalled = guilty.realm.deliver([first]);
      const meanwhile = innocent.realm.deliver([first]);
      await assert.rejects(stalled, withCode("TASK_STALLED"));
      assert.equal((await meanwhile).turns[0]!.calls[0]!.method, "d");
      assert.deepEqual((await innocent.realm.deliver([second])).outcome, { type: "completed", json: '"alive"' });
      await assert.rejects(guilty.realm.deliver([second]), withCode("ISOLATE_LOST"));
      assert.deepEqual(executor.stats(), { isolates: 1, realms: 0 });
    }, { tickTimeout: 200 }));
}

Deno.test("code that stalls while it is loaded is stopped as well", () =>
  withExecutor(async (executor) => {
    await assert.rejects(executor.start(taskCode("while (true) {}"), runStart()), withCode("TASK_STALLED"));
  }, { tickTimeout: 200 }));

Deno.test("a Worker stuck in one native call is given up: its run is charged, the others are only lost", () =>
  withExecutor(async (executor) => {
    const innocent = await executor.start(chameleon, runStart());
    const guilty = await executor.start(chameleon, runStart({ native: true }));
    const stalled = guilty.realm.deliver([first]);
    const behind = innocent.realm.deliver([first]);
    const refused = assert.rejects(behind, withCode("ISOLATE_LOST"));
    await assert.rejects(stalled, withCode("TASK_STALLED"));
    await refused;
    await assert.rejects(innocent.realm.deliver([first]), withCode("ISOLATE_LOST"));
    assert.deepEqual(executor.stats(), { isolates: 0, realms: 0 });
    const { outcome } = await drive(executor, chameleon, () => "fresh");
    assert.deepEqual(outcome, { type: "completed", json: '"fresh"' });
  }, { tickTimeout: 200, nativeStallTimeout: 2_000 }));

Deno.test("an unhandled rejection fails its own run in the turn it happens in", () =>
  withExecutor(async (executor) => {
    const innocent = await executor.start(chameleon, runStart());
    const guilty = await executor.start(chameleon, runStart({ rejects: true }));
    const [failed, fine] = await Promise.all([guilty.realm.deliver([first]), innocent.realm.deliver([first])]);
    assert.equal(failed.outcome?.type === "failed" && failed.outcome.error.message, "nobody handles me");
    assert.equal(failed.turns.length, 1);
    assert.equal(fine.outcome, undefined);
  }));

Deno.test("a rejection in the middle of a batch fails the run there, even if a later delivery would handle it", () =>
  withExecutor(async (executor) => {
    const code = task("const p = tools.a.b(); await tools.a.c(); await p.catch(() => {});");
    const { realm } = await executor.start(code, runStart());
    const error = JSON.stringify({ name: "Error", code: "X", message: "early" });
    const report = await realm.deliver([{ seq: 1, at: 1, ok: false, json: error }, { ...second, at: 2 }]);
    assert.equal(report.turns.length, 1);
    assert.equal(report.outcome?.type === "failed" && report.outcome.error.message, "early");
  }));

Deno.test("a rejection that is handled in the same turn is no failure", () =>
  withExecutor(async (executor) => {
    const code = task(`
      const late = Promise.reject(new Error("handled soon"));
      for (let i = 0; i < 50; i++) await null;
      return await late.catch((error) => error.message);`);
    assert.equal(await resultOf(executor, code), "handled soon");
  }));

Deno.test("an isolate is spawned once per version, and realms that are dropped or ended are freed", () =>
  withExecutor(async (executor) => {
    const realms = [];
    for (let i = 0; i < 1_000; i++) realms.push((await executor.start(chameleon, runStart())).realm);
    assert.deepEqual(executor.stats(), { isolates: 1, realms: 1_000 });
    for (const realm of realms) realm.drop();
    realms[0]!.drop();
    assert.deepEqual(executor.stats(), { isolates: 1, realms: 0 });
    await assert.rejects(realms[0]!.deliver([first]), withCode("ISOLATE_LOST"));
    await drive(executor, task("return 1;"));
    assert.deepEqual(executor.stats(), { isolates: 2, realms: 0 });
  }));

Deno.test("a run may be started again while its dropped realm still owes an answer", () =>
  withExecutor(async (executor) => {
    const run = runStart();
    const old = await executor.start(chameleon, run);
    const owed = old.realm.deliver([first]);
    old.realm.drop();
    const again = executor.start(chameleon, run);
    await assert.rejects(owed, withCode("ISOLATE_LOST"));
    assert.equal((await again).report.turns[0]!.calls[0]!.seq, 1);
  }));

Deno.test("deliveries that were sent before the end was known are ignored, and cost nobody anything", () =>
  withExecutor(async (executor) => {
    const innocent = await executor.start(chameleon, runStart());
    const code = task("await Promise.race([tools.a.b(), tools.a.c()]);");
    const { realm } = await executor.start(code, runStart());
    const [ended, late] = await Promise.all([realm.deliver([first]), realm.deliver([second])]);
    assert.equal(ended.outcome?.type, "completed");
    assert.deepEqual(late, { turns: [] });
    assert.deepEqual(await realm.deliver([second]), { turns: [] });
    const stalling = await executor.start(
      task("await Promise.race([tools.a.b(), tools.a.c()]); while (true) {}"),
      runStart(),
    );
    const [stalled, lost] = await Promise.allSettled([
      stalling.realm.deliver([first]),
      stalling.realm.deliver([second]),
    ]);
    assert.equal(stalled.status === "rejected" && stalled.reason.code, "TASK_STALLED");
    assert.equal(lost.status === "rejected" && lost.reason.code, "ISOLATE_LOST");
    assert.equal((await innocent.realm.deliver([first])).turns.length, 1);
  }, { tickTimeout: 200 }));

Deno.test("every one of many unhandled rejections is seen in its own turn", () =>
  withExecutor(async (executor) => {
    const code = task(`
      for (let i = 0; i < input.good; i++) await tools.a.b();
      Promise.reject(new Error("after " + input.good));
      await tools.a.b();`);
    for (let i = 0; i < 200; i++) {
      const good = i % 7;
      const { realm, report } = await executor.start(code, runStart({ good }));
      const deliveries = Array.from({ length: good + 1 }, (_, n) => ({ seq: n + 1, at: n, ok: true, json: "0" }));
      let { outcome } = report;
      for (const delivery of deliveries.slice(0, good)) outcome = (await realm.deliver([delivery])).outcome;
      assert.equal(outcome?.type === "failed" && outcome.error.message, `after ${good}`);
    }
  }));

Deno.test("a manifest that asks for a worker gets one for each run, ended with it", () =>
  withExecutor(async (executor) => {
    const code = taskCode("module.exports = () => tools.a.b()", { isolation: "worker" });
    const one = await executor.start(code, runStart());
    const two = await executor.start(code, runStart());
    assert.deepEqual(executor.stats(), { isolates: 2, realms: 2 });
    one.realm.drop();
    await two.realm.deliver([first]);
    assert.deepEqual(executor.stats(), { isolates: 0, realms: 0 });
  }));

Deno.test("an idle isolate is kept for the next run of its version, and ended after a while", async () => {
  const clock = new VirtualClock();
  await withExecutor(async (executor) => {
    await drive(executor, chameleon);
    clock.advance(4_000);
    const { realm } = await executor.start(chameleon, runStart());
    clock.advance(10_000);
    assert.deepEqual(executor.stats(), { isolates: 1, realms: 1 });
    realm.drop();
    clock.advance(5_000);
    assert.deepEqual(executor.stats(), { isolates: 0, realms: 0 });
  }, { clock, idleIsolateMs: 5_000 });
});

Deno.test("stop() rejects what is still owed, and can be called twice", () =>
  withExecutor(async (executor) => {
    const { realm } = await executor.start(chameleon, runStart());
    const owed = realm.deliver([first]);
    const refused = assert.rejects(owed, withCode("ISOLATE_LOST"));
    await executor.stop();
    await executor.stop();
    await refused;
    await assert.rejects(executor.start(chameleon, runStart()), withCode("ISOLATE_LOST"));
  }));
