import assert from "node:assert/strict";
import { VirtualClock } from "../core/clock.ts";
import { openServiceBench, serviceCall } from "./service_bench.ts";
import { createTimerService } from "./timer.ts";

const start = Date.UTC(2026, 0, 1);
const sleep = (timer: ReturnType<typeof createTimerService>, args: (number | string | null | boolean)[]) =>
  timer.call(serviceCall({ method: "sleep", args, issuedAt: start }));

Deno.test("a sleep waits until its issue plus its length, and is over from then on", () => {
  const clock = new VirtualClock(start);
  const timer = createTimerService({ clock });
  assert.deepEqual(sleep(timer, [5_000]), { type: "wait", until: start + 5_000, waitingFor: "timer" });
  clock.advance(4_999);
  assert.deepEqual(sleep(timer, [5_000]), { type: "wait", until: start + 5_000, waitingFor: "timer" });
  clock.advance(1);
  assert.deepEqual(sleep(timer, [5_000]), { type: "result", value: null });
});

Deno.test("a sleep that ended while no process ran is over at once", () => {
  const timer = createTimerService({ clock: new VirtualClock(start + 86_400_000) });
  assert.deepEqual(sleep(timer, [3_600_000]), { type: "result", value: null });
});

Deno.test("what is no positive number is no wait, as setTimeout has it", () => {
  const timer = createTimerService({ clock: new VirtualClock(start) });
  for (const args of [[], [-1], [0], [null], [""]]) {
    assert.deepEqual(sleep(timer, args), { type: "result", value: null });
  }
  assert.deepEqual(sleep(timer, ["20"]), { type: "wait", until: start + 20, waitingFor: "timer" });
});

Deno.test("a length in words is its milliseconds", () => {
  const timer = createTimerService({ clock: new VirtualClock(start) });
  for (const [text, ms] of [["3 days", 259_200_000], ["1h 30min", 5_400_000]] as const) {
    assert.deepEqual(sleep(timer, [text]), { type: "wait", until: start + ms, waitingFor: "timer" });
  }
  assert.throws(() => sleep(timer, ["soon"]), { code: "INVALID_INPUT", message: 'timer.sleep: "soon" is no duration' });
  assert.throws(() => sleep(timer, ["600 weeks"]), { code: "INVALID_INPUT", message: /longer than ten years/ });
});

Deno.test("a sleep until a moment ends then, whatever zone it is given in, and at once when it has passed", () => {
  const clock = new VirtualClock(start);
  const timer = createTimerService({ clock });
  const until = (moment: number | string | null) =>
    timer.call(serviceCall({ method: "sleepUntil", args: [moment], issuedAt: start }));
  const wait = { type: "wait", until: start + 5_000, waitingFor: "timer" };
  for (const moment of [start + 5_000, new Date(start + 5_000).toISOString(), "2026-01-01T01:00:05+01:00"]) {
    assert.deepEqual(until(moment), wait);
  }
  assert.deepEqual(until("2025-12-31T23:59:59Z"), { type: "result", value: null });
  clock.advance(5_000);
  assert.deepEqual(until(start + 5_000), { type: "result", value: null });
  // An invalid Date arrives as null; a text without a zone would be another moment elsewhere.
  for (const wrong of [null, "tomorrow", "2026-01-02", "2026-01-02T10:00", "2026-13-01T00:00Z"]) {
    assert.throws(() => until(wrong), { code: "INVALID_INPUT", message: /is no moment/ });
  }
  assert.throws(() => until(start * 1_000), { code: "INVALID_INPUT", message: /more than ten years ahead/ });
});

Deno.test("over ten years and what is not a number are refused, and so is another method", () => {
  using bench = openServiceBench();
  const timer = createTimerService({ clock: new VirtualClock(start) });
  assert.throws(() => sleep(timer, [4e11]), { code: "INVALID_INPUT" });
  assert.throws(() => sleep(timer, [true]), { code: "INVALID_INPUT" });
  assert.throws(() => bench.call(timer, "slep"), { code: "METHOD_UNKNOWN", hint: 'Did you mean "sleep"?' });
});
