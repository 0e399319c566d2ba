/** RFC 5322 dates. */

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
/** Minutes east of UTC. RFC 5322 makes every other letter zone UTC. */
const ZONES: Readonly<Record<string, number>> = {
  EST: -300,
  EDT: -240,
  CST: -360,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420,
};
const DATE =
  /(\d{1,2})[\s-]+([a-z]{3})[a-z]*\.?[\s-]+(\d{2,4})[\s,]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?\s*([+-]\d{4}|[a-z]{1,5})?/i;

/** "Tue, 5 May 2026 10:00:00 +0200 (CEST)" → ms since 1970; undefined when it is no date of the calendar. */
export function parseMailDate(text: string): number | undefined {
  const match = DATE.exec(text);
  if (match === null) return undefined;
  const [, day, monthName = "", yearText = "", hour, minute, second, zone = "UTC"] = match;
  const month = MONTHS.indexOf(monthName.toLowerCase());
  if (month === -1) return undefined;
  // RFC 5322, 4.3: two digits below 50 are 20xx, others and three digits count from 1900.
  const year = yearText.length === 4 ? Number(yearText) : Number(yearText) + (Number(yearText) < 50 ? 2000 : 1900);
  const time = Date.UTC(year, month, Number(day), Number(hour), Number(minute), Math.min(59, Number(second ?? 0)));
  if (new Date(time).getUTCDate() !== Number(day) || Number(hour) > 23 || Number(minute) > 59) return undefined;
  return time - zoneMinutes(zone) * 60_000;
}

function zoneMinutes(zone: string): number {
  if (!/^[+-]\d{4}$/.test(zone)) return ZONES[zone.toUpperCase()] ?? 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3, 5));
  return zone.startsWith("-") ? -minutes : minutes;
}

/** ms since 1970 → "Tue, 05 May 2026 08:00:00 +0000" */
export function formatMailDate(ms: number): string {
  const date = new Date(ms);
  const pad = (value: number) => String(value).padStart(2, "0");
  const month = MONTHS[date.getUTCMonth()] ?? "";
  const clock = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(pad).join(":");
  const name = month.charAt(0).toUpperCase() + month.slice(1);
  return `${DAYS[date.getUTCDay()]}, ${pad(date.getUTCDate())} ${name} ${date.getUTCFullYear()} ${clock} +0000`;
}
