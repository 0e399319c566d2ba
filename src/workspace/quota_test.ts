import assert from "node:assert/strict";
import { VirtualClock } from "../core/clock.ts";
import { QuotaMeter, SlidingWindow, unitsOf, WINDOW } from "./quota.ts";

Deno.test("a sliding window frees units exactly 60 s after they were spent", () => {
  const window = new SlidingWindow(10);
  window.spend(6, 1_000);
  window.spend(4, 2_000);
  assert.equal(window.fullUntil(1, 60_999), 61_000);
  assert.equal(window.fullUntil(6, 61_000), undefined);
  assert.equal(window.fullUntil(7, 61_000), 62_000);
  assert.equal(window.highest, 10);
});

Deno.test("no window of 60 s ever holds more than the limit, however requests are spaced", () => {
  const clock = new VirtualClock(0);
  const meter = new QuotaMeter(clock, { unitsPerUser: 100 });
  const spent: { at: number; units: number }[] = [];
  for (let step = 0; step < 5_000; step++) {
    clock.advance((step * 7919) % 1_300);
    const method = step % 3 === 0 ? "gmail.users.messages.list" : "gmail.users.messages.get";
    if (meter.take("a@x", method) === undefined) spent.push({ at: clock.now(), units: unitsOf(method, "new") });
  }
  let highest = 0;
  for (const { at } of spent) {
    const inWindow = spent.filter((other) => other.at > at - WINDOW && other.at <= at);
    highest = Math.max(highest, inWindow.reduce((sum, { units }) => sum + units, 0));
  }
  assert.ok(highest <= 100 && highest > 60, `the fullest window held ${highest}`);
  assert.equal(meter.peaks().unitsPerUser["a@x"], highest);
});

Deno.test("an excess tells when the request would pass, and it then does", () => {
  const clock = new VirtualClock(1_000_000);
  const meter = new QuotaMeter(clock, { unitsPerUser: 50 });
  assert.equal(meter.take("a@x", "gmail.users.messages.get"), undefined);
  clock.advance(10_000);
  assert.equal(meter.take("a@x", "gmail.users.messages.get"), undefined);
  assert.deepEqual(meter.take("a@x", "gmail.users.messages.get"), { scope: "user", retryAt: 1_060_000 });
  clock.advance(49_999);
  assert.notEqual(meter.take("a@x", "gmail.users.messages.get"), undefined);
  clock.advance(1);
  assert.equal(meter.take("a@x", "gmail.users.messages.get"), undefined);
});

Deno.test("the project's limit holds over all users, and a refused request costs nothing", () => {
  const meter = new QuotaMeter(new VirtualClock(0), { unitsPerProject: 45 });
  assert.equal(meter.take("a@x", "gmail.users.messages.get"), undefined);
  assert.equal(meter.take("b@x", "gmail.users.messages.get"), undefined);
  assert.equal(meter.take("c@x", "gmail.users.messages.get")?.scope, "project");
  assert.equal(meter.take("c@x", "gmail.users.messages.list"), undefined);
  assert.equal(meter.peaks().unitsPerProject, 45);
});

Deno.test("profiles differ in the price of reading a message", () => {
  assert.equal(unitsOf("gmail.users.messages.get", "new"), 20);
  assert.equal(unitsOf("gmail.users.messages.get", "legacy"), 5);
  assert.equal(unitsOf("gmail.users.messages.list", "new"), 5);
  assert.equal(unitsOf("admin.users.list", "new"), 0);
});
