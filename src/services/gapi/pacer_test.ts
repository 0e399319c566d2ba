import assert from "node:assert/strict";
import { VirtualClock } from "../../core/clock.ts";
import { Pacer, type QuotaKey } from "./pacer.ts";

const PROJECT: QuotaKey = { key: "project", label: "project p", limit: 1_200_000, inTurn: false };

function user(name: string, limit = 6_000): QuotaKey {
  return { key: `user/${name}`, label: `user ${name}`, limit, inTurn: true };
}

/** The most that any 60 s, both ends included, hold. */
function busiestMinute(spent: readonly { at: number; cost: number }[]): number {
  return Math.max(
    ...spent.map(({ at: end }) =>
      spent.filter(({ at }) => at >= end - 60_000 && at <= end).reduce((sum, { cost }) => sum + cost, 0)
    ),
  );
}

/** A small generator of repeatable numbers (mulberry32). */
function randomFrom(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

Deno.test("300 gets and a list of a new project's user take just over a minute and never exceed the quota", () => {
  const clock = new VirtualClock();
  const pacer = new Pacer({ clock, random: () => 0 });
  const start = clock.now();
  const spent: { at: number; cost: number }[] = [];
  const costs = [5, ...Array<number>(300).fill(20)];
  costs.forEach((cost, index) => {
    for (;;) {
      const grant = pacer.take({ quotas: [user("ann@x.example"), PROJECT], cost, ahead: 0, ticket: `call-${index}` });
      if (grant.type === "go") {
        grant.settle();
        spent.push({ at: clock.now(), cost });
        return;
      }
      clock.advance((grant.type === "soon" ? grant.at : grant.until) - clock.now());
    }
  });
  const took = clock.now() - start;
  assert.equal(spent.reduce((sum, { cost }) => sum + cost, 0), 6_005);
  assert.ok(took > 60_000 && took < 61_000, `took ${took} ms`);
  assert.ok(busiestMinute(spent) <= 6_000);
  // Greedy: all that fits goes at once, only one get waits.
  assert.equal(spent.filter(({ at }) => at === start).length, 300);
});

Deno.test("no sliding minute exceeds a quota, whatever calls do, and nobody waits longer than needed by much", () => {
  for (let seed = 1; seed <= 25; seed++) {
    const random = randomFrom(seed);
    const clock = new VirtualClock();
    const pacer = new Pacer({ clock, random });
    const project = { ...PROJECT, limit: 1_000 };
    const users = ["a", "b", "c"].map((name) => user(name, 400));
    const spent = new Map<string, { at: number; cost: number }[]>([...users, project].map(({ key }) => [key, []]));
    const answering: { at: number; settle: () => void }[] = [];
    let calls = Array.from({ length: 60 }, (_, index) => ({
      ticket: `call-${index}`,
      quota: users[Math.floor(random() * users.length)]!,
      left: 1 + Math.floor(random() * 8),
      cost: [5, 20, 40][Math.floor(random() * 3)]!,
      dueAt: clock.now() + Math.floor(random() * 20_000),
    }));
    const total = calls.reduce((sum, call) => sum + call.left * call.cost, 0);
    const start = clock.now();
    while (calls.length > 0) {
      const call = calls.reduce((first, other) => other.dueAt < first.dueAt ? other : first);
      clock.advance(Math.max(0, call.dueAt - clock.now()));
      for (const answer of answering.filter(({ at }) => at <= clock.now())) {
        answer.settle();
        answering.splice(answering.indexOf(answer), 1);
      }
      const quotas = [call.quota, project];
      const grant = pacer.take({ quotas, cost: call.cost, ahead: (call.left - 1) * call.cost, ticket: call.ticket });
      if (grant.type === "go") {
        // The server counts a request somewhere between its leaving and its answer.
        const latency = Math.floor(random() * 3_000);
        const counted = clock.now() + Math.floor(random() * latency);
        for (const { key } of quotas) spent.get(key)!.push({ at: counted, cost: call.cost });
        answering.push({ at: clock.now() + latency, settle: () => grant.settle() });
        call.left--;
        call.dueAt = clock.now() + latency;
      } else {
        const until = grant.type === "soon" ? grant.at : grant.until;
        assert.ok(until > clock.now(), "a wait ends in the future");
        // The engine may come late.
        call.dueAt = until + Math.floor(random() * 500);
      }
      calls = calls.filter(({ left }) => left > 0);
    }
    for (const quota of [...users, project]) {
      const most = busiestMinute(spent.get(quota.key)!);
      assert.ok(most <= quota.limit, `seed ${seed}: ${quota.key} ${most} of ${quota.limit}`);
    }
    const minutes = (clock.now() - start) / 60_000;
    const needed = Math.max(
      total / project.limit,
      ...users.map(({ key, limit }) => spent.get(key)!.reduce((sum, { cost }) => sum + cost, 0) / limit),
    );
    assert.ok(minutes < needed * 1.5 + 1, `seed ${seed}: ${minutes} minutes for ${needed} minutes' quota`);
  }
});

Deno.test("a user whose quota is used up waits while others go on", () => {
  const clock = new VirtualClock();
  const pacer = new Pacer({ clock, random: () => 0 });
  const take = (name: string, cost: number, ticket: string) =>
    pacer.take({ quotas: [user(name), PROJECT], cost, ahead: 0, ticket });
  assert.equal(take("ann@x.example", 6_000, "1").type, "go");
  const second = take("ann@x.example", 20, "2");
  assert.equal(take("bob@x.example", 20, "3").type, "go");
  assert.equal(second.type, "wait");
  if (second.type === "wait") {
    assert.match(second.waitingFor, /^user ann@x\.example: quota until 2026-01-01T00:0\d:\d\d\.\d{3}Z$/);
  }
});

Deno.test("a parked user waits until the time it was told, its calls spread and in order", () => {
  const clock = new VirtualClock();
  const pacer = new Pacer({ clock, random: () => 0 });
  const until = clock.now() + 15 * 60_000;
  pacer.park(user("ann@x.example"), until, "quota");
  const slots = Array.from({ length: 20 }, (_, index) => {
    const grant = pacer.take({
      quotas: [user("ann@x.example"), PROJECT],
      cost: 20,
      ahead: 980,
      ticket: `call-${index}`,
    });
    assert.equal(grant.type, "wait");
    return grant.type === "wait" ? grant.until : 0;
  });
  assert.equal(slots[0], until);
  assert.equal(new Set(slots).size, slots.length);
  assert.deepEqual(slots, [...slots].sort((a, b) => a - b));
  // Six calls of 1,000 units fill a minute: the seventh is told the next one at once.
  assert.ok(slots[6]! >= until + 60_000 && slots[12]! >= until + 120_000);
});

Deno.test("a newcomer does not overtake those that wait, and a call that never returns loses its place", () => {
  const clock = new VirtualClock();
  const pacer = new Pacer({ clock, random: () => 0 });
  const take = (ticket: string, cost: number) => pacer.take({ quotas: [user("a"), PROJECT], cost, ahead: 0, ticket });
  const filling = take("filler", 5_990);
  assert.ok(filling.type === "go");
  filling.settle();
  assert.equal(take("early", 1_000).type, "wait");
  assert.equal(take("late", 10).type, "wait");
  clock.advance(60_001);
  const late = take("late", 5_500);
  assert.notEqual(late.type, "go", "the room is kept for the call that was booked first");
  clock.advance(10_001);
  assert.equal(take("late", 5_500).type, "go");
});

Deno.test("refusals in a row without a time are waited for longer and longer, up to a minute", () => {
  const clock = new VirtualClock();
  const pacer = new Pacer({ clock, random: () => 0 });
  const quota = user("a");
  const pauses: number[] = [];
  for (let refusal = 0; refusal < 8; refusal++) {
    pacer.backOff(quota, "quota");
    const grant = pacer.take({ quotas: [quota], cost: 1, ahead: 0, ticket: "1" });
    const until = grant.type === "wait" ? grant.until : grant.type === "soon" ? grant.at : clock.now();
    pauses.push(until - clock.now());
    clock.advance(until - clock.now());
  }
  assert.deepEqual(pauses, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  pacer.served([quota]);
  pacer.backOff(quota, "quota");
  assert.equal(pacer.take({ quotas: [quota], cost: 1, ahead: 0, ticket: "1" }).type, "soon");
});

Deno.test("a wall clock that is set back does not freeze a quota", () => {
  const clock = new VirtualClock();
  const pacer = new Pacer({ clock, random: () => 0 });
  const grant = pacer.take({ quotas: [user("a")], cost: 6_000, ahead: 0, ticket: "1" });
  assert.ok(grant.type === "go");
  grant.settle();
  const earlier = new VirtualClock(clock.now() - 3_600_000);
  let now = clock.now();
  const moved = new Pacer({ clock: { now: () => now, after: (ms, wake) => earlier.after(ms, wake) }, random: () => 0 });
  const first = moved.take({ quotas: [user("a")], cost: 6_000, ahead: 0, ticket: "1" });
  assert.ok(first.type === "go");
  first.settle();
  now -= 3_600_000;
  const second = moved.take({ quotas: [user("a")], cost: 20, ahead: 0, ticket: "2" });
  assert.ok(second.type === "wait" && second.until - now <= 60_001);
});
