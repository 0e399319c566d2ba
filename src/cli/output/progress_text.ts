import type { RunView, WaitingView } from "../../server/api.ts";
import { formatCount, plural } from "./numbers.ts";
import { formatDuration, formatWaitFirst } from "./times.ts";

/** What has been seen of a run's pace: how much was done when. */
export interface Sample {
  readonly at: number;
  readonly done: number;
}

/** The span (ms) over which the pace is taken. */
const WINDOW = 30_000;

/** Adds a sample and forgets those that are too old to say anything of the present pace. */
export function addSample(samples: readonly Sample[], sample: Sample): Sample[] {
  const last = samples.at(-1);
  // A run that starts over (or another one) counts anew.
  if (last !== undefined && sample.done < last.done) return [sample];
  const kept = samples.filter(({ at }) => sample.at - at <= WINDOW);
  return [...kept, sample];
}

/** Done per second over the window; undefined while too little has been seen. */
export function rateOf(samples: readonly Sample[], now: number): number | undefined {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || now - first.at < 500 || last.done === first.done) return undefined;
  return (last.done - first.done) / ((now - first.at) / 1_000);
}

/** The state of a run in one or two lines; `bar` is the width of the bar, 0 for none. */
export function progressText(
  view: RunView,
  options: { now: number; samples: readonly Sample[]; bar: number },
): string[] {
  const { now, samples } = options;
  const lines = [[view.taskName, ...progressParts(view, options)].join("  ")];
  const waiting = view.waiting.filter(({ until }) => until === null || until > now);
  const first = waiting[0];
  if (first !== undefined) {
    lines.push(
      `  waiting ${formatWaitFirst(first, now)}${
        waiting.length > 1 ? ` (and ${moreWaiting(view, waiting.length)} more)` : ""
      }`,
    );
  }
  const rate = rateOf(samples, now);
  const { done = 0, total = null } = view.progress ?? {};
  if (rate !== undefined) {
    const left = total === null || total <= done ? "" : `  ETA ${eta(total - done, rate, waiting, now)}`;
    lines[0] += `  ${rate >= 10 ? formatCount(Math.round(rate)) : rate.toFixed(1)}/s${left}`;
  }
  return lines;
}

/** At the present pace, in whole seconds, and not before what is waited for. */
function eta(left: number, rate: number, waiting: readonly WaitingView[], now: number): string {
  const longest = Math.max((left / rate) * 1_000, ...waiting.map(({ until }) => (until ?? now) - now));
  return formatDuration(Math.ceil(longest / 1_000) * 1_000).replace(".0 s", " s");
}

/** Only the earliest few waits are listed. */
function moreWaiting(view: RunView, listed: number): string {
  return listed === 5 && (view.calls.pending ?? 0) > 5 ? "at least 4" : String(listed - 1);
}

function progressParts(view: RunView, { bar }: { bar: number }): string[] {
  const { progress } = view;
  if (progress === null) {
    const calls = Object.values(view.calls).reduce((sum, count) => sum + count, 0);
    const records = Object.values(view.records).reduce((sum, count) => sum + count, 0);
    if (calls === 0) return [describeStatus(view)];
    const parts = [describeStatus(view), `${plural(view.calls.completed ?? 0, "call")} of ${formatCount(calls)} done`];
    return records === 0 ? parts : [...parts, plural(records, "record")];
  }
  const { done, total, unit, note } = progress;
  const parts = total === null ? [`${formatCount(done)} ${unit ?? "done"}`.trim()] : [
    ...(bar > 0 ? [renderBar(done, total, bar)] : []),
    `${percent(done, total)}  ${formatCount(done)} of ${formatCount(total)}${unit ? ` ${unit}` : ""}`,
  ];
  return note ? [...parts, note] : parts;
}

function describeStatus(view: RunView): string {
  return view.status === "suspended_waiting_child" ? "running" : view.status;
}

function percent(done: number, total: number): string {
  return `${total === 0 ? 100 : Math.min(100, Math.floor(done / total * 100))}%`.padStart(4);
}

export function renderBar(done: number, total: number, width: number): string {
  const full = total === 0 ? width : Math.min(width, Math.floor(done / total * width));
  return "█".repeat(full) + "░".repeat(width - full);
}
