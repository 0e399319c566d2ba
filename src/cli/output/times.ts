import { parseDuration } from "../../core/duration.ts";

/** Times for people: `2026-11-23 14:31:07`, in the machine's zone. */
export function formatDateTime(ms: number): string {
  const date = new Date(ms);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${formatClock(ms)}`;
}

/** The zone of all these times: `Europe/Berlin`. */
export { ownTimeZone as zone } from "../../core/here.ts";

/** `20:15:03`, with the date when it is not the day of `now`. */
export function formatUntil(ms: number, now: number): string {
  return new Date(ms).toDateString() === new Date(now).toDateString() ? formatClock(ms) : formatDateTime(ms);
}

/** Text of a program with its ISO times (UTC) put as `formatUntil` puts them. */
export function localTimes(text: string, now: number): string {
  return text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, (time) => formatUntil(Date.parse(time), now));
}

/** What is waited for and until when (null: without end), as the HTTP surface has it. */
export interface Wait {
  readonly waitingFor: string;
  readonly until: number | null;
  /** Its words are those of the task. */
  readonly signal?: unknown;
}

/** What is waited for and until when: `user ann@example.com: quota until 20:15:03`. */
export function formatWait({ waitingFor, until, signal }: Wait, now: number): string {
  if (until === null) return waitingFor;
  if (signal === undefined && /\buntil\b/.test(waitingFor)) return localTimes(waitingFor, now);
  return `${waitingFor} until ${formatUntil(until, now)}`;
}

/** The same with the time first, which is what somebody who waits looks for: `until 20:15:03: user ann@example.com: quota`. */
export function formatWaitFirst(wait: Wait, now: number): string {
  if (wait.until === null) return `for ${wait.waitingFor}`;
  const end = `until ${formatUntil(wait.until, now)}`;
  if (wait.signal !== undefined) return `${end}: ${wait.waitingFor}`;
  const why = localTimes(wait.waitingFor, now).replace(end, "").replace(/[\s,]+$/, "");
  return why === "" ? end : `${end}: ${why}`;
}

export function formatClock(ms: number): string {
  const date = new Date(ms);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** `12 ms`, `3.4 s`, `2 min 05 s`, `3 h 07 min`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1_440) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
  return `${Math.floor(minutes / 1_440)} d ${Math.floor(minutes % 1_440 / 60)} h`;
}

/** A duration on the command line, ms; undefined when it is none. A bare number is seconds. */
export function readDuration(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) * 1_000 : parseDuration(text);
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
