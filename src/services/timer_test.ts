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
  for (const args of [[], [-1], [0], [null], ["soon"]]) {
    assert.deepEqual(sleep(timer, args), { type: "result", value: null });
  }
  assert.deepEqual(sleep(timer, ["20"]), { type: "wait", until: start + 20, waitingFor: "timer" });
});

Deno.test("over ten years and what is not a number are refused, and so is another method", () => {
  using bench = openServiceBench();
  const timer = createTimerService({ clock: new VirtualClock(start) });
  assert.throws(() => sleep(timer, [4e11]), { code: "INVALID_INPUT" });
  assert.throws(() => sleep(timer, [true]), { code: "INVALID_INPUT" });
  assert.throws(() => bench.call(timer, "slep"), { code: "METHOD_UNKNOWN", hint: 'Did you mean "sleep"?' });
});
