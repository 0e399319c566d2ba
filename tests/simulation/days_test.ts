import assert from "node:assert/strict";
import type { Clock } from "../../src/core/clock.ts";
import type { Outcome, Service, ServiceCall } from "../../src/services/contract.ts";
import { DAY, Days, HOUR, MINUTE, SECOND } from "./days.ts";
import type { DayReport } from "./once_a_minute.ts";

/** The port that turns of the event loop are counted with stays open from one test to the next. */
const sanitizers = { sanitizeOps: false, sanitizeResources: false };

/** An outside service in a few lines: `answer` says what a call comes to. */
class Remote implements Service {
  readonly name = "remote";
  readonly local = false;
  readonly calls: (Pick<ServiceCall, "args" | "attempt"> & { readonly at: number })[] = [];
  concurrency = Infinity;
  inFlight = 0;
  mostInFlight = 0;
  answer: (call: ServiceCall, clock: Clock) => Outcome | Promise<Outcome> = () => ({ type: "result", value: null });
  clock!: Clock;

  traits() {
    return { repeatable: true };
  }

  limit(): { key: string; concurrency: number } | undefined {
    return this.concurrency === Infinity ? undefined : { key: "remote", concurrency: this.concurrency };
  }

  async call(call: ServiceCall): Promise<Outcome> {
    const { args, attempt } = call;
    this.calls.push({ args, attempt, at: this.clock.now() });
    this.mostInFlight = Math.max(this.mostInFlight, ++this.inFlight);
    try {
      return await this.answer(call, this.clock);
    } finally {
      this.inFlight--;
    }
  }
}

function daysWith(remote: Remote): Days {
  return new Days({
    outside(clock) {
      remote.clock = clock;
      return [remote];
    },
  });
}

Deno.test("a task that works once a minute does so all day, and a schedule every hour, with token after token, and nothing grows", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--quiet", "--v8-flags=--expose-gc", "--frozen"],
      ...["--config", new URL("../deno.json", import.meta.url).pathname],
      new URL("./once_a_minute.ts", import.meta.url).pathname,
    ],
    stderr: "inherit",
  }).output();
  const day = JSON.parse(new TextDecoder().decode(stdout)) as DayReport;
  assert.equal(day.status, "completed");
  assert.deepEqual(day.minutes, Array.from({ length: 24 * 60 }, (_, index) => (index + 1) * MINUTE));
  assert.deepEqual(day.hours, Array.from({ length: 24 }, (_, index) => index * HOUR + 30 * MINUTE));
  // A day, and every 55 minutes another token, none of them refused.
  assert.equal(day.tokens, 27);
  assert.deepEqual(day.statuses, { 200: 24 * 60 + day.tokens });
  assert.ok(day.longestNap <= MINUTE, `a timer was ${day.longestNap} ms ahead`);
  assert.ok(day.mostTimers <= 5, `${day.mostTimers} timers at a time`);
  assert.deepEqual(day.left, { timers: 0, realms: 0 });
  assert.ok(day.heap.late - day.heap.early < 4, `the heap went from ${day.heap.early} to ${day.heap.late} MB`);
  assert.ok(day.wal < 8, `the write-ahead log has ${day.wal} MB`);
});

Deno.test(
  "sleeps of days end on time, whatever ends and starts meanwhile, and no timer is ever more than a minute ahead",
  sanitizers,
  async () => {
    using days = daysWith(new Remote());
    days.publish("sleep", "module.exports = async ({ ms }) => { await tools.timer.sleep(ms); return Date.now(); };");
    const begun = days.clock.now();
    const lengths = [90 * SECOND, 5 * HOUR, 26 * HOUR, 3 * DAY, 40 * DAY];
    const ids: string[] = [];
    for (const ms of lengths) ids.push(await days.submit("sleep", { ms }));
    await days.pass(3 * HOUR);
    days.kill();
    await days.pass(20 * HOUR);
    // Nobody is there when the third one is due.
    await days.restartAfter(6 * HOUR);
    const late = days.clock.now() - begun;
    await days.pass(SECOND);
    assert.equal(days.owner.host.stats().realms, 0, "who sleeps for long has no realm");
    for (let hour = 0; hour < 48; hour++) {
      await days.pass(HOUR);
      days.kill();
    }
    // Longer than what 31 bits of ms hold.
    await days.restartAfter(36 * DAY);
    const ends: number[] = [];
    for (const id of ids) ends.push(await days.result(id) as number - begun);
    assert.deepEqual(ends, [90 * SECOND, 5 * HOUR, late, 3 * DAY, 40 * DAY]);
    assert.ok(days.longestNap <= MINUTE);
    await days.pass(MINUTE);
    assert.equal(days.clock.timers, 0);
  },
);

Deno.test("a sleep goes by the wall clock, which is read again within a minute of a jump", sanitizers, async () => {
  for (const jump of [HOUR, -HOUR]) {
    using days = daysWith(new Remote());
    days.publish(
      "sleep",
      "module.exports = async () => { await tools.timer.sleep(2 * 3_600_000); return Date.now(); };",
    );
    const due = days.clock.now() + 2 * HOUR;
    const id = await days.submit("sleep");
    await days.pass(HOUR / 2);
    days.clock.jump(jump);
    const end = await days.result(id) as number;
    assert.ok(end >= due && end < due + MINUTE, `it ended ${end - due} ms after its time`);
    const elapsed = 2 * HOUR - jump;
    assert.ok(Math.abs(days.clock.elapsed - elapsed) <= MINUTE, `${days.clock.elapsed} ms went by, not ${elapsed}`);
  }
});

Deno.test(
  "a wait of hours that a server names is kept to, through deaths and restarts, with nothing asked meanwhile",
  sanitizers,
  async () => {
    const remote = new Remote();
    using days = daysWith(remote);
    const error = { name: "RemoteError", code: "UNAVAILABLE", message: "come back later" };
    const waits = [6 * HOUR, 90 * MINUTE, 11 * HOUR];
    const times = waits.map((_, index) => waits.slice(0, index + 1).reduce((sum, ms) => sum + ms, days.clock.now()));
    remote.answer = ({ attempt }) => {
      const at = times[attempt - 1];
      return at === undefined ? { type: "result", value: attempt } : { type: "error", error, retry: { at } };
    };
    days.publish("patient", "module.exports = () => tools.remote.get();", ["remote"]);
    const begun = days.clock.now();
    const id = await days.submit("patient");
    await days.pass(4 * HOUR);
    days.kill();
    await days.pass(HOUR);
    await days.restartAfter(30 * MINUTE);
    await days.pass(3 * HOUR);
    days.kill();
    assert.equal(await days.result(id), 4);
    assert.deepEqual(remote.calls.map(({ at }) => at), [begun, ...times]);
    assert.deepEqual(remote.calls.map(({ attempt }) => attempt), [1, 2, 3, 4]);
  },
);

Deno.test(
  "calls that queue for a key are let through one by one for hours, each once, with a death among them",
  sanitizers,
  async () => {
    const remote = new Remote();
    using days = daysWith(remote);
    remote.concurrency = 1;
    // The service has an answer every ten minutes.
    let next = days.clock.now();
    remote.answer = (_call, clock) => {
      if (clock.now() < next) return { type: "wait", until: next, waitingFor: "its turn" };
      next = clock.now() + 10 * MINUTE;
      return { type: "result", value: clock.now() };
    };
    days.publish(
      "crowd",
      "module.exports = () => Promise.all(Array.from({ length: 30 }, (_, i) => tools.remote.get(i)));",
      ["remote"],
    );
    const begun = days.clock.now();
    const id = await days.submit("crowd");
    await days.pass(5 * HOUR);
    days.kill();
    const answers = (await days.result(id) as number[]).sort((a, b) => a - b);
    assert.deepEqual(answers, Array.from({ length: 30 }, (_, index) => begun + index * 10 * MINUTE));
    assert.equal(remote.mostInFlight, 1);
    // Whether a nudge was lost is looked at once after the last one.
    await days.pass(3 * SECOND);
    assert.equal(days.clock.timers, 0);
  },
);
