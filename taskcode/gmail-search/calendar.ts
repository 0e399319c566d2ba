/** The calendar of a time zone (IANA), in seconds since 1970. */

/** When a day begins; undefined when the calendar has no such day. */
export function startOfDay(year: number, month: number, day: number, zone: string): number | undefined {
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  return instant(Date.UTC(year, month - 1, day) / 1000, zone);
}

/** The same time of the day so many months before; the 31st becomes the last day of a shorter month. */
export function monthsBefore(seconds: number, months: number, zone: string): number {
  const local = new Date((seconds + offsetAt(seconds, zone)) * 1000);
  const sum = local.getUTCFullYear() * 12 + local.getUTCMonth() - months;
  const [year, month] = [Math.floor(sum / 12), sum - Math.floor(sum / 12) * 12 + 1];
  if (year < 1970) return 0;
  const day = Math.min(local.getUTCDate(), daysInMonth(year, month));
  return instant(Date.UTC(year, month - 1, day) / 1000 + (local.getTime() / 1000) % 86_400, zone);
}

function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** Wall-clock time, counted as if it were UTC → when it is. A time that a change of the clocks skips is the moment after it. */
export function instant(wall: number, zone: string): number {
  // The offset at the guess may not be that at the answer, across a change of the clocks: the second look settles it.
  const first = wall - offsetAt(wall, zone);
  const second = wall - offsetAt(first, zone);
  return second + offsetAt(second, zone) === wall ? second : Math.max(first, second);
}

/** How much the zone's clocks are before UTC, s. */
function offsetAt(seconds: number, zone: string): number {
  const format = new Intl.DateTimeFormat("en-US", {
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
  const parts: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(seconds * 1000)) parts[type] = Number(value);
  const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - Math.floor(seconds);
}
