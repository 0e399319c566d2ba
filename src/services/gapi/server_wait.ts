/** The longest wait (ms) a server is believed: a day and an hour, since Google's days end at midnight Pacific. */
const LONGEST = 25 * 3_600_000;

/** Reads response headers. */
export interface HeaderReader {
  get(name: string): string | null;
}

/**
 * Until when (ms) a server wants to be left alone; undefined when it named no time. Gmail names it in the message
 * ("Retry after 2026-09-11T20:00:00.000Z"), seldom in a Retry-After header (seconds or a date).
 */
export function serverWait(
  params: { message: string; headers: HeaderReader | undefined; now: number },
): number | undefined {
  const { now } = params;
  const times = [instantIn(params.message), retryAfter(params.headers?.get("retry-after") ?? null, now)]
    .filter((time): time is number => time !== undefined);
  if (times.length === 0) return undefined;
  return Math.min(Math.max(...times, now + 1_000), now + LONGEST);
}

function instantIn(message: string): number | undefined {
  const match = /retry after\s+(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))/i.exec(message);
  if (match === null) return undefined;
  const time = Date.parse(match[1]!);
  return Number.isNaN(time) ? undefined : time;
}

function retryAfter(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? "";
  if (/^\d{1,9}(?:\.\d+)?$/.test(text)) return now + Math.ceil(Number(text) * 1_000);
  const time = text === "" ? NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

/** The next midnight in Los Angeles (ms), when Google's daily quotas begin anew. */
export function nextPacificMidnight(now: number): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: "America/Los_Angeles",
    hourCycle: "h23",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(now);
  const part = (type: string) => Number(parts.find((candidate) => candidate.type === type)!.value);
  const elapsed = (part("hour") * 3_600 + part("minute") * 60 + part("second")) * 1_000 + now % 1_000;
  const guess = now - elapsed + 24 * 3_600_000;
  // On the two days a year when the clocks change, a day has 23 or 25 hours.
  const hour = Number(
    new Intl.DateTimeFormat("en-US", { timeZone: "America/Los_Angeles", hourCycle: "h23", hour: "numeric" }).format(
      guess,
    ),
  );
  return hour === 0 ? guess : hour === 23 ? guess + 3_600_000 : guess - 3_600_000 * hour;
}
