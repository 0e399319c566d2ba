import assert from "node:assert/strict";
import { agoMs, parseQueryDate, parseQuerySize, queryDateMs } from "./query_date.ts";

const midnight = (text: string, zone: string) => {
  const date = parseQueryDate(text);
  assert.ok(date !== undefined, text);
  return new Date(queryDateMs(date, zone)).toISOString();
};

Deno.test("a day is its midnight in the zone, summer time or not", () => {
  assert.equal(midnight("2026/01/01", "America/Los_Angeles"), "2026-01-01T08:00:00.000Z");
  assert.equal(midnight("2026-07-01", "America/Los_Angeles"), "2026-07-01T07:00:00.000Z");
  // the days on which the clocks change, and the day after
  assert.equal(midnight("2026/3/8", "America/Los_Angeles"), "2026-03-08T08:00:00.000Z");
  assert.equal(midnight("3/9/2026", "America/Los_Angeles"), "2026-03-09T07:00:00.000Z");
  assert.equal(midnight("11/1/2026", "America/Los_Angeles"), "2026-11-01T07:00:00.000Z");
  assert.equal(midnight("11-02-2026", "America/Los_Angeles"), "2026-11-02T08:00:00.000Z");
  assert.equal(midnight("2026/05/01", "Asia/Kolkata"), "2026-04-30T18:30:00.000Z");
  assert.equal(midnight("1388552400", "Asia/Kolkata"), "2014-01-01T05:00:00.000Z");
});

Deno.test("a midnight that a clock change skips is the instant of the change", () => {
  // Santiago went from 00:00 to 01:00 on 8 September 2024.
  assert.equal(midnight("2024/09/08", "America/Santiago"), "2024-09-08T04:00:00.000Z");
});

Deno.test("what is no date or size gives none", () => {
  for (
    const text of ["", "2026", "2026/13/01", "2026/02/29", "2026/05", "1/2/26", "2026/05-01", "today", "1969/01/01"]
  ) {
    assert.equal(parseQueryDate(text), undefined, text);
  }
  for (const text of ["", "M", "1.5M", "-1", "10X", "1 M"]) assert.equal(parseQuerySize(text), undefined, text);
  assert.deepEqual(["7", "1k", "2MB", "1g"].map(parseQuerySize), [7, 1024, 2 * 1024 ** 2, 1024 ** 3]);
});

Deno.test("months and years go by the calendar, days and hours by the clock", () => {
  const now = Date.UTC(2026, 2, 31, 12);
  const ago = (amount: number, unit: "h" | "d" | "m" | "y", zone = "UTC") =>
    new Date(agoMs(now, amount, unit, zone)).toISOString();
  assert.equal(ago(1, "m"), "2026-02-28T12:00:00.000Z");
  assert.equal(ago(13, "m"), "2025-02-28T12:00:00.000Z");
  assert.equal(ago(2, "y"), "2024-03-31T12:00:00.000Z");
  assert.equal(ago(30, "d"), "2026-03-01T12:00:00.000Z");
  assert.equal(ago(36, "h"), "2026-03-30T00:00:00.000Z");
  // Berlin: 14:00 in summer time becomes 14:00 in winter time, an hour later in UTC
  assert.equal(ago(1, "m", "Europe/Berlin"), "2026-02-28T13:00:00.000Z");
  assert.equal(ago(9999, "y"), "1970-01-01T00:00:00.000Z");
});
