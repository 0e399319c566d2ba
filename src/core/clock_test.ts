import assert from "node:assert/strict";
import { LONGEST_TIMER, systemClock, VirtualClock } from "./clock.ts";

Deno.test("a virtual clock wakes everyone who is due, in order of time, each at their own time", () => {
  const clock = new VirtualClock(0);
  const woken: [string, number][] = [];
  clock.after(20, () => woken.push(["late", clock.now()]));
  clock.after(10, () => {
    woken.push(["early", clock.now()]);
    clock.after(5, () => woken.push(["added", clock.now()]));
  });
  const cancel = clock.after(12, () => woken.push(["cancelled", clock.now()]));
  cancel();
  clock.advance(19);
  assert.deepEqual(woken, [["early", 10], ["added", 15]]);
  assert.equal(clock.nextWake(), 20);
  clock.advance(1);
  assert.deepEqual(woken.at(-1), ["late", 20]);
  assert.equal(clock.nextWake(), undefined);
  assert.equal(clock.now(), 20);
});

Deno.test("the machine's clock never sets a timer that would overflow and fire at once", async () => {
  let woken = false;
  const cancel = systemClock.after(LONGEST_TIMER * 10, () => woken = true);
  const short = Promise.withResolvers<void>();
  systemClock.after(5, short.resolve);
  await short.promise;
  cancel();
  assert.equal(woken, false);
});
