import { startLimit, startTasker } from "../contenders.ts";
import type { Section } from "../figure.ts";
import { rounds } from "../rounds.ts";
import { median, ratio } from "../statistics.ts";
import type { Workload } from "../workload.ts";

export const sequential: Section = {
  name: "sequential",
  about: "N calls, one after another, in one run: from its submission to its result, calls/s.",
  async *run({ quick, progress }) {
    await using limit = startLimit();
    await using tasker = startTasker();
    const sizes = quick ? [[100, 5], [1_000, 5]] as const : [[100, 15], [1_000, 11], [10_000, 3]] as const;
    let peakMiB = 0;
    for (const [calls, count] of sizes) {
      progress(`${calls} sequential calls`);
      const ran = await rounds(count, {
        limit: () => limit.ask<Workload>("sequential", calls),
        tasker: () => tasker.ask<Workload>("sequential", calls),
      });
      peakMiB = Math.max(...ran.tasker.map((workload) => workload.peakMiB));
      const [limits, speeds] = [ran.limit, ran.tasker].map((all) => all.map(({ perSecond }) => perSecond)) as [
        number[],
        number[],
      ];
      const share = ratio(speeds, limits);
      yield {
        name: `${calls.toLocaleString("en-US")} sequential calls in one run`,
        value: median(speeds),
        unit: "calls/s",
        limit: { value: median(limits), ratio: share },
        ...(calls < 1_000 ? {} : { bars: [{ what: "share of the limit", is: share, atLeast: 0.75 }] }),
      };
    }
    yield {
      name: "peak memory of that process",
      value: peakMiB,
      unit: "MiB",
      bars: [{ what: "VmHWM", is: peakMiB, atMost: 150, unit: "MiB" }],
    };
  },
};
