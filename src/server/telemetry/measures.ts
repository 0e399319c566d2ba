import type { Attributes, Metric, Point } from "./otlp.ts";

/** Seconds; those that the conventions recommend for durations, and longer ones, since runs and calls may wait. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 300, 1_800, 3_600];
/** Sets of attributes that one instrument keeps; what comes after is counted together, as the specification asks for. */
const MOST_SERIES = 2_000;
const OVERFLOW: Attributes = { "otel.metric.overflow": "true" };

interface Description {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
}

/** One number or one histogram for each set of attributes, from the start of the process on. */
class Instrument<T> {
  readonly #series = new Map<string, { attributes: Attributes; state: T }>();
  readonly #start: () => T;

  constructor(start: () => T) {
    this.#start = start;
  }

  at(attributes: Attributes): T {
    const key = JSON.stringify(attributes);
    let series = this.#series.get(key);
    if (series === undefined) {
      if (this.#series.size >= MOST_SERIES && attributes !== OVERFLOW) return this.at(OVERFLOW);
      series = { attributes, state: this.#start() };
      this.#series.set(key, series);
    }
    return series.state;
  }

  points(pointOf: (state: T) => Omit<Point, "attributes">): Point[] {
    return [...this.#series.values()].map(({ attributes, state }) => ({ attributes, ...pointOf(state) }) as Point);
  }
}

/** A sum that only grows. */
export class Counter {
  readonly #description: Description;
  readonly #sums = new Instrument(() => ({ value: 0 }));

  constructor(description: Description) {
    this.#description = description;
  }

  add(value: number, attributes: Attributes = {}): void {
    this.#sums.at(attributes).value += value;
  }

  read(): Metric {
    return { ...this.#description, type: "sum", points: this.#sums.points(({ value }) => ({ value })) };
  }
}

/** How often what took how long, in seconds. */
export class Durations {
  readonly #description: Description;
  readonly #histograms = new Instrument(() => ({ count: 0, sum: 0, buckets: new Array(BOUNDS.length + 1).fill(0) }));

  constructor(description: Omit<Description, "unit">) {
    this.#description = { ...description, unit: "s" };
  }

  record(ms: number, attributes: Attributes): void {
    const seconds = Math.max(0, ms) / 1000;
    const histogram = this.#histograms.at(attributes);
    const above = BOUNDS.findIndex((bound) => seconds <= bound);
    histogram.buckets[above < 0 ? BOUNDS.length : above]++;
    histogram.count++;
    histogram.sum += seconds;
  }

  read(): Metric {
    const points = this.#histograms.points((histogram) => ({ ...histogram, bounds: BOUNDS }));
    return { ...this.#description, type: "histogram", points };
  }
}

/** What there is at the moment. */
export function gauge(description: Description, points: readonly Point[]): Metric {
  return { ...description, type: "gauge", points };
}
