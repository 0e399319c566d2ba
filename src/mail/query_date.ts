/** Dates, ages and sizes as the q language writes them. */
import type { AgeUnit, QueryDate } from "./query.ts";

/** Gmail's API reads a date as midnight here, whoever asks. */
export const GMAIL_ZONE = "America/Los_Angeles";

/** `2026/05/01`, `2026-05-01`, `05/01/2026` or seconds since 1970; undefined when it is none of these or not in the calendar. */
export function parseQueryDate(text: string): QueryDate | undefined {
  // A bare number of four digits would be a year, which the q language does not have.
  if (/^\d{5,12}$/.test(text)) return { kind: "epoch", seconds: Number(text) };
  const yearFirst = /^(\d{4})([/-])(\d{1,2})\2(\d{1,2})$/.exec(text);
  if (yearFirst !== null) return calendarDay(Number(yearFirst[1]), Number(yearFirst[3]), Number(yearFirst[4]));
  const yearLast = /^(\d{1,2})([/-])(\d{1,2})\2(\d{4})$/.exec(text);
  if (yearLast !== null) return calendarDay(Number(yearLast[4]), Number(yearLast[1]), Number(yearLast[3]));
  return undefined;
}

function calendarDay(year: number, month: number, day: number): QueryDate | undefined {
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  return { kind: "day", year, month, day };
}

function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/**
 * `3d`, `2m`, `1y`, and `12h`, which is in common use though Google's help lists days, months and years only.
 * Undefined when it is no age.
 */
export function parseQueryAge(text: string): { amount: number; unit: AgeUnit } | undefined {
  const match = /^(\d{1,5})([hdmy])$/i.exec(text);
  if (match === null) return undefined;
  return { amount: Number(match[1]), unit: (match[2] ?? "").toLowerCase() as AgeUnit };
}

/** `1000000`, `500K`, `10M`, `1G` (an optional B after it) in bytes; undefined when it is no size. */
export function parseQuerySize(text: string): number | undefined {
  const match = /^(\d{1,12})([kmg])?b?$/i.exec(text);
  if (match === null) return undefined;
  const power = { "": 0, k: 1, m: 2, g: 3 }[(match[2] ?? "").toLowerCase()] ?? 0;
  return Number(match[1]) * 1024 ** power;
}

/** The instant (ms since 1970) a date of the q language stands for: a day is its midnight in `zone`. */
export function queryDateMs(date: QueryDate, zone: string): number {
  return date.kind === "epoch" ? date.seconds * 1000 : localTimeMs([date.year, date.month, date.day, 0, 0, 0], zone);
}

/**
 * The instant (ms since 1970) that lies an age before `now`. Hours and days are fixed lengths; months and years go by the calendar
 * of `zone`, the time of day kept and the 31st becoming the last day of a shorter month. Never before 1970.
 */
export function agoMs(now: number, amount: number, unit: AgeUnit, zone: string): number {
  if (unit === "h") return Math.max(0, now - amount * 3_600_000);
  if (unit === "d") return Math.max(0, now - amount * 86_400_000);
  const [year, month, day, hour, minute, second] = localParts(now, zone);
  const months = year * 12 + (month - 1) - amount * (unit === "y" ? 12 : 1);
  const targetYear = Math.floor(months / 12);
  const targetMonth = months - targetYear * 12 + 1;
  // Mail is younger than this; what lies before it selects the same messages and need not be computed.
  if (targetYear < 1970) return 0;
  const targetDay = Math.min(day, daysInMonth(targetYear, targetMonth));
  return localTimeMs([targetYear, targetMonth, targetDay, hour, minute, second], zone);
}

/** An instant (ms since 1970) on the clocks of `zone`: `2026-05-01 00:00:00`. */
export function localTime(ms: number, zone: string): string {
  const [year, ...rest] = localParts(ms, zone).map((part) => String(part).padStart(2, "0"));
  return `${[year, rest[0], rest[1]].join("-")} ${rest.slice(2).join(":")}`;
}

type LocalParts = [year: number, month: number, day: number, hour: number, minute: number, second: number];

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(zone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(zone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formatters.set(zone, formatter);
  }
  return formatter;
}

function localParts(ms: number, zone: string): LocalParts {
  const found: Record<string, number> = {};
  for (const { type, value } of formatterOf(zone).formatToParts(ms)) found[type] = Number(value);
  const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = found;
  return [year, month, day, hour, minute, second];
}

function asIfUtc([year, month, day, hour, minute, second]: LocalParts): number {
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** Wall-clock time in a zone → instant. A time that a clock change skips gives the instant just after the change. */
function localTimeMs(parts: LocalParts, zone: string): number {
  const wanted = asIfUtc(parts);
  // The zone's offset at the guess may differ from that at the answer, across a clock change: the second look settles it.
  const offsetAt = (ms: number) => asIfUtc(localParts(ms, zone)) - ms;
  const first = wanted - offsetAt(wanted);
  const second = wanted - offsetAt(first);
  return offsetAt(second) === wanted - second ? second : Math.max(first, second);
}
