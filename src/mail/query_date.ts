/** Dates, ages and sizes as the q language writes them. */
import { ClockFace } from "../core/clock_face.ts";
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

/**
 * The instant (ms since 1970) a date of the q language stands for: a day is its midnight in `zone`, the first one where the clocks
 * show two, and the clock change itself where they skip it.
 */
export function queryDateMs(date: QueryDate, zone: string): number {
  if (date.kind === "epoch") return date.seconds * 1000;
  return faceOf(zone).moments(Date.UTC(date.year, date.month - 1, date.day))[0];
}

/**
 * The instant (ms since 1970) that lies an age before `now`. Hours and days are fixed lengths; months and years go by the calendar
 * of `zone`, the time of day kept and the 31st becoming the last day of a shorter month. Never before 1970.
 */
export function agoMs(now: number, amount: number, unit: AgeUnit, zone: string): number {
  if (unit === "h") return Math.max(0, now - amount * 3_600_000);
  if (unit === "d") return Math.max(0, now - amount * 86_400_000);
  const face = faceOf(zone);
  const shown = new Date(face.shows(now));
  const months = shown.getUTCFullYear() * 12 + shown.getUTCMonth() - amount * (unit === "y" ? 12 : 1);
  const year = Math.floor(months / 12);
  const month = months - year * 12 + 1;
  // Mail is younger than this; what lies before it selects the same messages and need not be computed.
  if (year < 1970) return 0;
  const day = Math.min(shown.getUTCDate(), daysInMonth(year, month));
  const time = [shown.getUTCHours(), shown.getUTCMinutes(), shown.getUTCSeconds()] as const;
  return face.moments(Date.UTC(year, month - 1, day, ...time))[0];
}

/** An instant (ms since 1970) on the clocks of `zone`: `2026-05-01 00:00:00`. */
export function localTime(ms: number, zone: string): string {
  return new Date(faceOf(zone).shows(ms)).toISOString().replace("T", " ").replace(/\.\d+Z$/, "");
}

const faces = new Map<string, ClockFace>();

function faceOf(zone: string): ClockFace {
  let face = faces.get(zone);
  if (face === undefined) faces.set(zone, face = new ClockFace(zone));
  return face;
}
