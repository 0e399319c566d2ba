import assert from "node:assert/strict";
import { nextTime } from "../core/schedule.ts";
import { timesReader } from "./cron.ts";

const readTimes = await timesReader();

/** The first times of a pattern after a moment, as hours and minutes of UTC with the day before them. */
function times(pattern: string, zone: string, after: string, count: number): string {
  const of = readTimes(pattern, zone);
  const found: string[] = [];
  for (let at = Date.parse(after); found.length < count;) {
    at = nextTime(of, at)!;
    found.push(new Date(at).toISOString().slice(8, 16).replace("T", " "));
  }
  return found.join(", ");
}

Deno.test("a time that the clocks leave out fires once, as much later as they were put forward", () => {
  // 2:00 becomes 3:00 on 29 March 2026 in Berlin, at 01:00 UTC.
  assert.equal(
    times("30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", 4),
    "28 01:30, 29 01:30, 30 00:30, 31 00:30",
  );
  assert.equal(times("0 * * * *", "Europe/Berlin", "2026-03-28T23:30:00Z", 3), "29 00:00, 29 01:00, 29 02:00");
  assert.equal(times("*/30 2,3 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 3), "29 01:00, 29 01:30, 30 00:00");
  // 2:00 becomes 3:00 on 8 March 2026 in New York, at 07:00 UTC.
  assert.equal(times("30 2 * * *", "America/New_York", "2026-03-07T12:00:00Z", 2), "08 07:30, 09 06:30");
  // 2:00 becomes 2:30 on 4 October 2026 on Lord Howe Island, at 15:30 UTC of the day before.
  assert.equal(times("15 2 * * *", "Australia/Lord_Howe", "2026-10-02T12:00:00Z", 3), "02 15:45, 03 15:45, 04 15:15");
});

Deno.test("a time that the clocks show twice fires when they first show it", () => {
  // 3:00 becomes 2:00 on 25 October 2026 in Berlin, at 01:00 UTC.
  assert.equal(times("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 3), "25 00:30, 26 01:30, 27 01:30");
  assert.equal(times("30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", 1), "26 01:30");
  assert.equal(times("0 */2 * * *", "Europe/Berlin", "2026-10-24T21:00:00Z", 3), "24 22:00, 25 00:00, 25 03:00");
  // 2:00 becomes 1:00 on 1 November 2026 in New York, at 06:00 UTC.
  assert.equal(times("30 1 * * *", "America/New_York", "2026-10-31T12:00:00Z", 2), "01 05:30, 02 06:30");
  // 2:00 becomes 1:30 on 5 April 2026 on Lord Howe Island, at 15:00 UTC of the day before.
  assert.equal(times("45 1 * * *", "Australia/Lord_Howe", "2026-04-03T12:00:00Z", 3), "03 14:45, 04 14:45, 05 15:15");
});

Deno.test("what fires every hour fires in an hour that the clocks show twice both times, and in order", () => {
  assert.equal(
    times("*/30 * * * *", "Europe/Berlin", "2026-10-24T23:30:00Z", 6),
    "25 00:00, 25 00:30, 25 01:00, 25 01:30, 25 02:00, 25 02:30",
  );
  assert.equal(
    times("*/15 * * * *", "Australia/Lord_Howe", "2026-04-04T14:20:00Z", 6),
    "04 14:30, 04 14:45, 04 15:00, 04 15:15, 04 15:30, 04 15:45",
  );
});

Deno.test("every hour fires around the days when clocks change, without a gap or a second time", () => {
  const hour = 60 * 60_000;
  for (const zone of ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]) {
    const of = readTimes("0 * * * *", zone);
    // Around the days when clocks are put forward or back.
    for (const day of ["2026-03-08", "2026-03-29", "2026-04-04", "2026-10-03", "2026-10-25", "2026-11-01"]) {
      let at = nextTime(of, Date.parse(`${day}T00:00:00Z`) - 12 * hour)!;
      const gaps = Array.from({ length: 30 }, () => {
        const next = nextTime(of, at)!;
        const gap = next - at;
        at = next;
        return gap / hour;
      });
      const odd = gaps.filter((gap) => gap !== 1);
      // Lord Howe's half hour: an hour of 30 minutes, or of 90.
      assert.ok(
        odd.length === 0 || (zone === "Australia/Lord_Howe" && odd.every((gap) => gap === 0.5 || gap === 1.5)),
        `${zone} ${day}: ${odd}`,
      );
    }
  }
});

Deno.test("what is no pattern of five fields, or no zone, is refused with what to write", () => {
  for (const pattern of ["", "7 * * *", "61 * * * *", "* * * * * *", "a b c d e"]) {
    assert.throws(() => readTimes(pattern, "UTC"), { code: "INVALID_INPUT", hint: /"0 7 \* \* 1-5"/ });
  }
  assert.throws(() => readTimes("0 7 * * *", "Europe/Atlantis"), {
    message: 'there is no time zone "Europe/Atlantis"',
  });
  assert.equal(nextTime(readTimes("0 0 31 2 *", "UTC"), 0), undefined);
});
