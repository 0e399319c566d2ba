import assert from "node:assert/strict";
import { formatDuration, formatUntil, formatWaitFirst, readDuration } from "./times.ts";

Deno.test("durations are shown in units that fit", () => {
  const shown = [0, 12.4, 3_400, 125_000, 11_220_000, 100_000_000].map(formatDuration);
  assert.deepEqual(shown, ["0 ms", "12 ms", "3.4 s", "2 min 05 s", "3 h 07 min", "1 d 3 h"]);
});

Deno.test("durations are read with and without units", () => {
  assert.equal(readDuration("30m"), 1_800_000);
  assert.equal(readDuration("1h30m"), 5_400_000);
  assert.equal(readDuration("90"), 90_000);
  assert.equal(readDuration("250ms"), 250);
  for (const wrong of ["", "m", "1x", "-3s", "1.5h"]) assert.equal(readDuration(wrong), undefined, wrong);
});

Deno.test("a time of another day is shown with its date", () => {
  const now = new Date(2026, 0, 31, 23, 0, 0).getTime();
  assert.equal(formatUntil(now + 60_000, now), "23:01:00");
  assert.equal(formatUntil(now + 3_600_000, now), "2026-02-01 00:00:00");
});

Deno.test("a wait that is named by its end first does not say it twice", () => {
  const until = new Date(2026, 5, 1, 20, 15, 3).getTime();
  const said = (waitingFor: string) => formatWaitFirst({ waitingFor, until }, until - 60_000);
  assert.equal(said("user ann@x.org: quota"), "until 20:15:03: user ann@x.org: quota");
  assert.equal(said(`timer, until ${new Date(until).toISOString()}`), "until 20:15:03: timer");
});
