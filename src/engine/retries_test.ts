import assert from "node:assert/strict";
import { VirtualClock } from "../core/clock.ts";
import { DEFAULT_RETRY } from "../core/backoff.ts";
import type { Outcome } from "../services/contract.ts";
import { Rig } from "./rig.ts";

const unavailable: Outcome = {
  type: "error",
  error: { name: "GoogleError", code: "UNAVAILABLE", message: "try later" },
  retry: {},
};
const ECHO = 'module.exports = async () => tools.outside.echo("x");';

/** Settles when the run has a frame that waits for a time; gives that time. */
async function waiting(rig: Rig, id: string): Promise<number> {
  const readyAt = () => rig.frames(id).find((frame) => frame.readyAt !== null)?.readyAt;
  await rig.until(id, () => readyAt() !== undefined);
  return readyAt()!;
}

Deno.test("a retryable error is tried again after a backoff that doubles, until the attempts are used up", async () => {
  const clock = new VirtualClock();
  await using rig = new Rig({ clock });
  rig.publish("task", ECHO);
  rig.outside.answer = () => unavailable;
  rig.takeOver();
  const id = await rig.submit("task");
  const waits: number[] = [];
  for (let attempt = 1; attempt < DEFAULT_RETRY.maxAttempts; attempt++) {
    const at = await waiting(rig, id);
    waits.push(at - clock.now());
    assert.equal(rig.frames(id)[0]!.waitingFor, `attempt ${attempt} failed: try later`);
    clock.advance(at - clock.now() - 1);
    assert.equal(rig.outside.calls.length, attempt);
    clock.advance(1);
  }
  const row = await rig.ended(id);
  // The rig's jitter is 0.5: three quarters of 1 s, 2 s, 4 s …
  assert.deepEqual(waits, [750, 1_500, 3_000, 6_000, 12_000, 24_000]);
  assert.equal(JSON.parse(row.error!).code, "UNAVAILABLE");
  assert.deepEqual(rig.outside.calls.map((call) => call.attempt), [1, 2, 3, 4, 5, 6, 7]);
  assert.equal(new Set(rig.outside.calls.map((call) => call.frameId)).size, 1);
});

Deno.test("a time that a server names is obeyed, and a takeover in between does not forget it nor the attempts", async () => {
  const clock = new VirtualClock();
  await using rig = new Rig({ clock });
  rig.publish("task", ECHO);
  const until = clock.now() + 3_600_000;
  rig.outside.answer = (call) =>
    call.attempt === 1 ? { ...unavailable, retry: { at: until } } as Outcome : { type: "result", value: call.attempt };
  rig.takeOver();
  const id = await rig.submit("task");
  assert.equal(await waiting(rig, id), until);
  clock.advance(1_800_000);
  rig.takeOver();
  clock.advance(1_799_999);
  assert.equal(rig.outside.calls.length, 1);
  clock.advance(1);
  assert.equal(await rig.result(id), 2);
  assert.equal(rig.outside.calls.length, 2);
});

Deno.test("an attempt that has no answer in time is aborted and tried again", async () => {
  const clock = new VirtualClock();
  await using rig = new Rig({ clock });
  rig.publish("task", ECHO);
  rig.outside.traitsOf = () => ({ repeatable: true, timeout: 5_000 });
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("task");
  await rig.outside.arrived("x");
  clock.advance(4_999);
  assert.equal(rig.outside.calls[0]!.signal.aborted, false);
  clock.advance(1);
  const at = await waiting(rig, id);
  assert.equal(rig.outside.calls[0]!.signal.aborted, true);
  assert.match(rig.frames(id)[0]!.waitingFor!, /no answer within 5 s/);
  clock.advance(at - clock.now());
  await rig.outside.arrived("x");
  rig.outside.release("x");
  assert.equal(await rig.result(id), "x");
});

Deno.test("30 s is the time an attempt has, unless its service says otherwise", async () => {
  const clock = new VirtualClock();
  await using rig = new Rig({ clock });
  rig.publish("task", ECHO);
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("task");
  await rig.outside.arrived("x");
  clock.advance(29_999);
  assert.equal(rig.outside.calls[0]!.signal.aborted, false);
  clock.advance(1);
  await waiting(rig, id);
  assert.equal(rig.outside.calls[0]!.signal.aborted, true);
});

Deno.test("a call that changes something and has no answer in time is not repeated: its outcome is unknown", async () => {
  const clock = new VirtualClock();
  await using rig = new Rig({ clock });
  rig.publish("task", ECHO);
  rig.outside.traitsOf = () => ({ repeatable: false });
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("task");
  await rig.outside.arrived("x");
  clock.advance(30_000);
  assert.equal(JSON.parse((await rig.ended(id)).error!).code, "OUTCOME_UNKNOWN");
  assert.equal(rig.outside.calls.length, 1);
});

Deno.test("what an attempt asked to keep is given to the next one, after an error, a wait and a takeover", async () => {
  const clock = new VirtualClock();
  await using rig = new Rig({ clock });
  rig.publish("task", ECHO);
  rig.outside.answer = ({ attempt, progress }) => {
    const seen = (progress ?? []) as number[];
    if (seen.length === 0) return { ...unavailable, progress: [1] } as Outcome;
    if (seen.length === 1) return { type: "wait", until: clock.now() + 60_000, waitingFor: "quota", progress: [1, 2] };
    return { type: "result", value: [...seen, attempt] };
  };
  rig.takeOver();
  const id = await rig.submit("task");
  clock.advance(await waiting(rig, id) - clock.now());
  await rig.until(id, () => rig.frames(id)[0]!.waitingFor === "quota");
  rig.takeOver();
  clock.advance(60_000);
  // A wait counts as no attempt.
  assert.deepEqual(await rig.result(id), [1, 2, 2]);
});

Deno.test("a timer longer than 2³¹ ms ends on time, across takeovers, and holds no lane", async () => {
  const clock = new VirtualClock();
  await using rig = new Rig({ clock, lanes: 1 });
  const days40 = 40 * 24 * 3_600_000;
  rig.publish("task", `module.exports = async () => { await tools.timer.sleep(${days40}); return Date.now(); };`);
  rig.publish("other", ECHO);
  rig.takeOver();
  const start = clock.now();
  const id = await rig.submit("task");
  assert.equal(await waiting(rig, id), start + days40);
  assert.equal(rig.engine.busyLanes, 0);
  assert.equal(await rig.run("other"), "x");
  clock.advance(days40 / 2);
  rig.takeOver();
  clock.advance(days40 / 2 - 1);
  assert.equal(rig.row(id).endedAt, null);
  clock.advance(1);
  assert.equal(await rig.result(id), start + days40);
});

Deno.test("the engine's timer naps a minute at most while something waits, and is not set when nothing does", async () => {
  const clock = new VirtualClock();
  await using rig = new Rig({ clock });
  rig.publish("task", "module.exports = async () => { await tools.timer.sleep(600_000); };");
  rig.takeOver();
  const id = await rig.submit("task");
  await waiting(rig, id);
  const end = clock.now() + 600_000;
  while (clock.now() < end) {
    assert.ok(clock.nextWake()! - clock.now() <= 60_000);
    clock.advance(clock.nextWake()! - clock.now());
    await Promise.resolve();
  }
  await rig.ended(id);
  // Whether the last nudge was lost is looked at once, and no more.
  clock.advance(2_000);
  assert.equal(clock.nextWake(), undefined);
});

Deno.test("when nothing can happen for a long time the realms are dropped, and the run goes on by replay", async () => {
  const clock = new VirtualClock();
  await using rig = new Rig({ clock });
  rig.publish(
    "task",
    `module.exports = async () => {
      const before = await tools.outside.get("before");
      await tools.timer.sleep(3 * 86_400_000);
      return [before, await tools.outside.get("after")];
    }`,
  );
  rig.takeOver();
  const id = await rig.submit("task");
  await rig.until(id, () => rig.frames(id).some((frame) => frame.readyAt !== null));
  await rig.until(id, () => rig.realms() === 0);
  clock.advance(3 * 86_400_000);
  assert.deepEqual(await rig.result(id), ["before", "after"]);
  assert.equal(rig.outside.calls.length, 2);
});
