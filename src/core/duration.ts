/**
 * `3 days`, `90s`, `1h 30min` as ms; undefined when it is no such thing. It is shipped into realms as source text, so it
 * uses nothing of its module.
 */
export function parseDuration(text: string): number | undefined {
  const units: readonly (readonly [ms: number, names: readonly string[]])[] = [
    [1, ["ms", "millisecond", "milliseconds"]],
    [1_000, ["s", "sec", "second", "seconds"]],
    [60_000, ["m", "min", "minute", "minutes"]],
    [3_600_000, ["h", "hour", "hours"]],
    [86_400_000, ["d", "day", "days"]],
    [604_800_000, ["w", "week", "weeks"]],
  ];
  if (text.length > 100 || !/^\s*(?:\d+\s*[a-z]+\s*)+$/i.test(text)) return undefined;
  let sum = 0;
  for (const [, amount, name] of text.matchAll(/(\d+)\s*([a-z]+)\s*/gi)) {
    const unit = units.find(([, names]) => names.includes(name!.toLowerCase()));
    if (unit === undefined) return undefined;
    sum += Number(amount) * unit[0];
  }
  return sum;
}

/** A duration that has been checked, in ms. */
export function milliseconds(duration: number | string): number {
  return typeof duration === "number" ? duration : parseDuration(duration)!;
}

/** What a duration in text looks like, for hints. */
export const DURATION_HINT =
  'write a number of milliseconds, or a text such as "90s", "30 min", "2h", "3 days" or "1w"';
