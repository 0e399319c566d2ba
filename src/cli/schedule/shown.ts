import { localTime } from "../../mail/query_date.ts";

/** `2026-11-27 07:00` on the clocks of a time zone; `never` for none. */
export function formatTimeIn(at: number | null, timeZone: string): string {
  return at === null ? "never" : localTime(at, timeZone).slice(0, "2026-11-27 07:00".length);
}
