import { startLimit, startTasker } from "../contenders.ts";
import type { Section } from "../figure.ts";
import { median } from "../statistics.ts";
import type { Course } from "../tasker/workload.ts";
import type { Workload } from "../workload.ts";

const thousands = (value: number) => value.toLocaleString("en-US");

export const longRun: Section = {
  name: "long",
  about:
    `100,000 sequential calls in one run, once. Its speed per thousand calls is taken along the way; the first thousand,
    in which the run's own code gets warm, counts for neither end. "first" and "last" are medians of ten thousands each, so
    that one disturbance decides nothing. Resident memory is read after 10 %, 50 % and all of the calls. The limit is the
    median of 10,000 calls before, and 10,000 after.`,
  async *run({ quick, progress }) {
    const calls = quick ? 30_000 : 100_000;
    await using limit = startLimit();
    await using tasker = startTasker();
    progress(`${thousands(calls)} sequential calls`);
    const before = await limit.ask<Workload>("sequential", 10_000);
    const { perSecond, peakMiB, course } = await tasker.ask<Workload & { course: Course }>("sequential", calls);
    const after = await limit.ask<Workload>("sequential", 10_000);
    const limitSpeed = median([before.perSecond, after.perSecond]);
    yield {
      name: `${thousands(calls)} sequential calls in one run`,
      value: perSecond,
      unit: "calls/s",
      limit: { value: limitSpeed, ratio: perSecond / limitSpeed },
      bars: [{ what: "share of the limit", is: perSecond / limitSpeed, atLeast: 0.75 }],
    };
    const speeds = course.at.slice(1).map((at, index) => 1_000 / (at - course.at[index]!));
    const [first, last] = [median(speeds.slice(0, 10)), median(speeds.slice(-10))];
    yield {
      name: "the last thousands over the first",
      value: last / first,
      unit: "×",
      bars: [{ what: "flatness", is: last / first, atLeast: 0.9 }],
      note: `first ${Math.round(first)} calls/s, last ${Math.round(last)}; ` +
        `the one thousand after the first ${Math.round(speeds[0]!)}, the very last ${Math.round(speeds.at(-1)!)}`,
    };
    const [tenth, half, all] = [0.1, 0.5, 1].map((share) =>
      course.rssMiB[Math.round(course.rssMiB.length * share) - 1]!
    );
    yield {
      name: "resident memory after all calls",
      value: all!,
      unit: "MiB",
      bars: [{ what: "peak", is: peakMiB, atMost: 150, unit: "MiB" }],
      note: `after 10 % ${Math.round(tenth!)} MiB, after 50 % ${Math.round(half!)} MiB`,
    };
  },
};
