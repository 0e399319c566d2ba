import type { ClockFace } from "./clock_face.ts";

/** What is done about times that passed while nobody was there to fire: nothing, one run for all of them, a run for each. */
export type CatchUp = "none" | "one" | "all";
export const CATCH_UPS: readonly CatchUp[] = ["none", "one", "all"];

/** Runs that `all` makes up for at once; of more missed times the latest. */
export const MOST_CAUGHT_UP = 100;
/** A time that is no older than this is not missed yet: clocks are read again once a minute, and a restart takes a moment, ms. */
export const STILL_IN_TIME = 2 * 60_000;

/** The first time after one that a pattern names, on a clock that shows UTC; undefined when there is none. */
export type NextShown = (after: number) => number | undefined;

/** The times of a pattern on the clocks of a zone. */
export interface Times {
  readonly clock: ClockFace;
  readonly nextShown: NextShown;
  /** Its hour is `*`: it goes by the minutes of every hour, also of one that the clocks show twice. */
  readonly everyHour: boolean;
}

/** Clocks are put forward or back by no more than this, ms. */
const LARGEST_SHIFT = 2 * 60 * 60_000;

/**
 * The first moment after one at which a pattern fires. A time that the clocks leave out fires once, as much later as they were
 * put forward; a time that they show twice fires when they first show it, unless it fires every hour.
 */
export function nextTime({ clock, nextShown, everyHour }: Times, after: number): number | undefined {
  const offset = clock.offset(after);
  const isNearShift = clock.offset(after - LARGEST_SHIFT) !== offset || clock.offset(after + LARGEST_SHIFT) !== offset;
  const slack = isNearShift ? LARGEST_SHIFT : 0;
  let best: number | undefined;
  // Near a shift, later times on the clock may come earlier.
  for (let shown = nextShown(after + offset - slack); shown !== undefined; shown = nextShown(shown)) {
    if (best !== undefined && shown > clock.shows(best) + slack) break;
    const [first, ...again] = clock.moments(shown);
    for (const moment of everyHour ? [first, ...again] : [first]) {
      if (moment > after && (best === undefined || moment < best)) best = moment;
    }
    if (best !== undefined && slack === 0) break;
  }
  return best;
}

/** What is to be done about a schedule whose time has come. */
export interface Firing {
  /** The times for which it fires now, in order. */
  readonly times: readonly number[];
  readonly next: number | undefined;
}

/** The firing of a schedule whose next time `due` is not after `now`. */
export function firingAt(times: Times, params: { due: number; now: number; catchUp: CatchUp }): Firing {
  const { due, now, catchUp } = params;
  const latest = latestTimes(times, { from: due, to: now, most: catchUp === "all" ? MOST_CAUGHT_UP : 1 });
  return {
    times: catchUp === "none" ? latest.filter((time) => time >= now - STILL_IN_TIME) : latest,
    next: nextTime(times, now),
  };
}

/** The last of the times from one moment to another, both included; looked for from the end, since there may be very many. */
function latestTimes(times: Times, { from, to, most }: { from: number; to: number; most: number }): number[] {
  for (let span = LARGEST_SHIFT;; span *= 2) {
    const start = Math.max(from - 1, to - span);
    const found: number[] = [];
    for (let at = nextTime(times, start); at !== undefined && at <= to; at = nextTime(times, at)) found.push(at);
    if (found.length >= most || start < from) return found.slice(-most);
  }
}
