import assert from "node:assert/strict";
import { isRunEnded } from "../../src/core/states.ts";
import { DAY, Days, HOUR, MINUTE, SECOND } from "./days.ts";

/** The port that turns of the event loop are counted with stays open from one test to the next. */
const sanitizers = { sanitizeOps: false, sanitizeResources: false };

const TASK = "module.exports = async ({ tag }) => { await tools.timer.sleep(1_000); return tag; };";

function days(): Days {
  const days = new Days({ outside: () => [] });
  days.publish("tick", TASK);
  return days;
}

/** The times for which runs were submitted, as the audit log has them: `02T07:00`; and each of these runs has completed. */
function fired(days: Days, name: string): string[] {
  const entries = [...days.store.audit.each()].map(({ text }) => JSON.parse(text));
  const submitted = entries.filter(({ event, schedule }) => event === "submitted" && schedule === name);
  const unfinished = submitted.filter(({ run }) => !isRunEnded(days.row(run).status));
  assert.deepEqual(unfinished, []);
  assert.equal(new Set(submitted.map(({ run }) => run)).size, submitted.length, "each time has a run of its own");
  return submitted.map((entry) => (entry.for as string).slice(8, 16));
}

Deno.test("a schedule fires at its times and no other, over deaths, restarts and takeovers", sanitizers, async () => {
  using world = days();
  const begun = world.clock.now();
  await world.schedule("tick", "0 7 * * *", { input: { tag: "daily" } });
  await world.schedule("tick", "*/20 * * * *", { name: "often" });
  for (let step = 0; step < 27; step++) {
    await world.pass(70 * MINUTE);
    if (step % 3 === 0) world.kill();
    if (step % 5 === 4) await world.restartAfter(SECOND);
  }
  await world.pass(2 * MINUTE);
  assert.deepEqual(
    fired(world, "tick"),
    ["01T07:00", "02T07:00"].slice(0, world.clock.now() >= begun + 31 * HOUR ? 2 : 1),
  );
  const passed = Math.floor((world.clock.now() - begun) / (20 * MINUTE));
  assert.equal(fired(world, "often").length, passed);
  assert.ok(world.longestNap <= MINUTE);
});

Deno.test("times that pass while nobody is there are made up for as the schedule says", sanitizers, async () => {
  using world = days();
  for (const catchUp of ["none", "one", "all"] as const) {
    await world.schedule("tick", "0 * * * *", { catchUp, name: catchUp });
  }
  await world.pass(HOUR + MINUTE);
  await world.restartAfter(4 * HOUR + 30 * MINUTE);
  await world.pass(MINUTE);
  assert.deepEqual(fired(world, "none"), ["01T01:00"]);
  assert.deepEqual(fired(world, "one"), ["01T01:00", "01T05:00"]);
  assert.deepEqual(fired(world, "all"), ["01T01:00", "01T02:00", "01T03:00", "01T04:00", "01T05:00"]);
  await world.pass(HOUR);
  for (const name of ["none", "one", "all"]) assert.equal(fired(world, name).at(-1), "01T06:00");
});

Deno.test(
  "a clock that is set back lets no time fire twice, and one set forward is caught up with",
  sanitizers,
  async () => {
    using world = days();
    await world.schedule("tick", "0 * * * *");
    await world.pass(2 * HOUR + MINUTE);
    world.clock.jump(-90 * MINUTE);
    world.kill();
    await world.pass(2 * HOUR + 31 * MINUTE);
    assert.deepEqual(fired(world, "tick"), ["01T01:00", "01T02:00", "01T03:00"]);
    world.clock.jump(2 * HOUR);
    await world.pass(2 * MINUTE);
    assert.deepEqual(fired(world, "tick").slice(3), ["01T05:00"]);
    // Paused and resumed, it begins anew at times that it has fired for already.
    world.clock.jump(-2 * HOUR);
    await world.owner.engine.schedules.pause("tick");
    await world.owner.engine.schedules.resume("tick");
    await world.pass(3 * HOUR);
    assert.deepEqual(fired(world, "tick").slice(3), ["01T05:00", "01T04:00", "01T06:00"]);
  },
);

Deno.test("the newest version runs; what it does not take is told, and the schedule goes on", sanitizers, async () => {
  using world = days();
  await world.schedule("tick", "0 * * * *", { input: { tag: "x" } });
  await world.pass(HOUR + MINUTE);
  const runOf = () => world.store.schedules.byName("tick")!.lastRun!;
  assert.equal(await world.result(runOf()), "x");
  world.publish("tick", "module.exports = async ({ tag }) => `newer ${tag}`;");
  await world.pass(HOUR);
  assert.equal(await world.result(runOf()), "newer x");
  const strict = { type: "object", required: ["other"], properties: {}, additionalProperties: false };
  world.publish("tick", "module.exports = async () => 3;", [], strict);
  await world.pass(HOUR);
  const failed = world.store.schedules.byName("tick")!;
  assert.equal(JSON.parse(failed.lastError!).code, "INVALID_INPUT");
  assert.equal(new Date(failed.nextAt!).toISOString(), "2026-01-01T04:00:00.000Z");
  await assert.rejects(world.schedule("tick", "5 * * * *"), { code: "INVALID_INPUT" });
  world.publish("tick", "module.exports = async ({ tag }) => `newest ${tag}`;");
  await world.pass(HOUR);
  assert.equal(await world.result(runOf()), "newest x");
});

Deno.test(
  "a paused schedule misses nothing, a removed one is gone, and the audit log tells of both",
  sanitizers,
  async () => {
    using world = days();
    const id = await world.schedule("tick", "0 * * * *", { reason: "case 7", by: "ann@laptop" });
    const { schedules } = world.owner.engine;
    // Whoever does not know whether it was taken adds it again.
    const again = { id, taskName: "tick", pattern: "0 * * * *", input: {}, timeZone: "UTC", catchUp: "one" } as const;
    assert.equal((await schedules.add(again)).id, id);
    assert.equal((await schedules.add({ ...again, id: crypto.randomUUID() })).name, "tick-2");
    await assert.rejects(schedules.add({ ...again, id: crypto.randomUUID(), name: "tick" }), { code: "CONFLICT" });
    await schedules.pause("tick");
    await schedules.remove("tick-2", "bob@laptop");
    // Whether a nudge was lost is looked at once after the last one.
    await world.pass(3 * SECOND);
    assert.equal(world.clock.timers, 0, "nothing is waited for");
    await world.restartAfter(DAY);
    assert.deepEqual(fired(world, "tick"), []);
    await world.owner.engine.schedules.resume("tick");
    await world.pass(HOUR);
    assert.deepEqual(fired(world, "tick"), ["02T01:00"]);
    await assert.rejects(world.owner.engine.schedules.pause("tock"), { code: "NOT_FOUND" });
    const told = [...world.store.audit.each()].map(({ text }) => JSON.parse(text))
      .filter(({ schedule, event }) => schedule !== undefined && event !== "submitted")
      .map(({ event, schedule, who }) => `${event} ${schedule} ${who}`);
    assert.deepEqual(told, [
      "schedule added tick ann@laptop",
      "schedule added tick-2 owner 1",
      "schedule paused tick owner 1",
      "schedule removed tick-2 bob@laptop",
      "schedule resumed tick owner 2",
    ]);
  },
);
