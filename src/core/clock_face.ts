/** The clocks of a time zone: from the time they show to the moments when they show it. Pure but for Intl's tables. */
export class ClockFace {
  readonly timeZone: string;
  readonly #format: Intl.DateTimeFormat;

  /** Throws a RangeError when there is no such zone. */
  constructor(timeZone: string) {
    this.timeZone = timeZone;
    this.#format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  }

  /** What the clocks show at a moment, as ms of a clock that shows UTC. */
  shows(at: number): number {
    const parts = Object.fromEntries(this.#format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const { year, month, day, hour, minute, second } = parts as Record<string, number>;
    const ms = ((at % 1_000) + 1_000) % 1_000;
    return Date.UTC(year!, month! - 1, day, hour, minute, second, ms);
  }

  /** By how much they are ahead of UTC at a moment, ms. */
  offset(at: number): number {
    return this.shows(at) - at;
  }

  /**
   * The moments when they show a time: two when they are put back over it. A time that is left out as they are put forward
   * is as much later as they are put forward.
   */
  moments(shown: number): [first: number, ...second: number[]] {
    const before = this.offset(shown - DAY);
    const after = this.offset(shown + DAY);
    const first = shown - before;
    if (before === after) return [first];
    const isShown = (at: number) => this.shows(at) === shown;
    const [earliest, ...rest] = [...new Set([first, shown - after])].filter(isShown).sort((a, b) => a - b);
    return earliest === undefined ? [first] : [earliest, ...rest];
  }
}

const DAY = 24 * 60 * 60_000;
