import assert from "node:assert/strict";
import { BEAT, FreezeMeter } from "./freeze_meter.ts";

Deno.test("a beat that comes in time loses nothing", () => {
  const meter = new FreezeMeter();
  for (let now = 0; now <= 10_000; now += BEAT + 20) meter.beat(now);
  assert.equal(meter.lost(10_100), 0);
});

Deno.test("time in which the process did not run counts as lost, also while the next beat is still due", () => {
  const meter = new FreezeMeter();
  meter.beat(1_000);
  assert.equal(meter.lost(61_000), 60_000 - BEAT);
  meter.beat(61_000);
  assert.equal(meter.lost(61_100), 60_000 - BEAT);
  meter.beat(61_250);
  meter.beat(64_250);
  assert.equal(meter.lost(64_250), 63_000 - 2 * BEAT);
});

Deno.test("a pause is not lost time", () => {
  const meter = new FreezeMeter();
  meter.beat(0);
  meter.pause();
  assert.equal(meter.lost(50_000), 0);
  meter.beat(60_000);
  assert.equal(meter.lost(60_000), 0);
});
