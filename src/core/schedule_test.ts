import assert from "node:assert/strict";
import { ClockFace } from "./clock_face.ts";
import { type CatchUp, firingAt, MOST_CAUGHT_UP, type Times } from "./schedule.ts";

const MINUTE = 60_000;
/** Every ten minutes, until a last one if there is one. */
function everyTenMinutes(last = Infinity): Times {
  const step = 10 * MINUTE;
  const nextShown = (after: number) => {
    const next = (Math.floor(after / step) + 1) * step;
    return next > last ? undefined : next;
  };
  return { clock: new ClockFace("UTC"), everyHour: true, nextShown };
}

const start = Date.UTC(2026, 0, 1);
const at = (minutes: number) => start + minutes * MINUTE;
const firing = (catchUp: CatchUp, due: number, now: number, times = everyTenMinutes()) =>
  firingAt(times, { due: at(due), now: at(now), catchUp });

Deno.test("a time that has come fires once, whatever is caught up", () => {
  for (const catchUp of ["none", "one", "all"] as const) {
    assert.deepEqual(firing(catchUp, 10, 10), { times: [at(10)], next: at(20) });
    // A minute late, as after a nap or a restart.
    assert.deepEqual(firing(catchUp, 10, 11), { times: [at(10)], next: at(20) });
  }
});

Deno.test("of missed times none, the last one, or all are made up for", () => {
  assert.deepEqual(firing("none", 10, 45), { times: [], next: at(50) });
  assert.deepEqual(firing("none", 10, 41), { times: [at(40)], next: at(50) });
  assert.deepEqual(firing("one", 10, 45), { times: [at(40)], next: at(50) });
  assert.deepEqual(firing("all", 10, 45), { times: [at(10), at(20), at(30), at(40)], next: at(50) });
});

Deno.test("of very many missed times the latest are made up for, and a year of them takes no time", () => {
  const year = 365 * 24 * 60;
  const { times, next } = firing("all", 10, year + 5);
  assert.equal(times.length, MOST_CAUGHT_UP);
  assert.deepEqual([times[0], times.at(-1), next], [at(year - 990), at(year), at(year + 10)]);
});

Deno.test("a pattern that has no more times ends", () => {
  assert.deepEqual(firing("all", 10, 45, everyTenMinutes(at(20))), { times: [at(10), at(20)], next: undefined });
});
