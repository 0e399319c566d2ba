import { startLimit, startTasker } from "../contenders.ts";
import type { Figure, Section, SectionOptions } from "../figure.ts";
import { rounds } from "../rounds.ts";
import { median, ratio } from "../statistics.ts";
import type { Workload } from "../workload.ts";

/** New processes in every round: what one batch leaves behind must not count as the next one's memory. */
async function inNewProcesses(job: string, size: number, { quick, progress }: SectionOptions) {
  progress(`${job}: ${size}`);
  const once = async (start: typeof startLimit): Promise<Workload> => {
    await using contender = start();
    await contender.ask(job, size / 10);
    return await contender.ask<Workload>(job, size);
  };
  const ran = await rounds(quick ? 3 : 5, { limit: () => once(startLimit), tasker: () => once(startTasker) });
  const [limits, speeds] = [ran.limit, ran.tasker].map((all) => all.map(({ perSecond }) => perSecond)) as [
    number[],
    number[],
  ];
  return {
    value: median(speeds),
    limit: { value: median(limits), ratio: ratio(speeds, limits) },
    peakMiB: Math.max(...ran.tasker.map((workload) => workload.peakMiB)),
  };
}

function memory(name: string, peakMiB: number, atMost?: number): Figure {
  return {
    name,
    value: peakMiB,
    unit: "MiB",
    ...(atMost === undefined ? {} : { bars: [{ what: "VmHWM", is: peakMiB, atMost, unit: "MiB" }] }),
  };
}

export const parallel: Section = {
  name: "parallel",
  about: "1,000 calls issued at once by one run: from its submission to its result, calls/s.",
  async *run(options) {
    const { peakMiB, value, limit } = await inNewProcesses("parallel", 1_000, options);
    const bars = [{ what: "speed", is: value, atLeast: 5_000, unit: "calls/s" }];
    yield { name: "1,000 parallel calls in one run", value, unit: "calls/s", limit, bars };
    yield memory("peak memory of that process", peakMiB);
  },
};

export const runs: Section = {
  name: "runs",
  about: "500 runs of 5 sequential calls, submitted at once: from the first submission to the last result, runs/s.",
  async *run(options) {
    const { peakMiB, value, limit } = await inNewProcesses("runs", 500, options);
    const bars = [
      { what: "speed", is: value, atLeast: 900, unit: "runs/s" },
      { what: "speed", is: value * 5, atLeast: 5_000, unit: "calls/s" },
    ];
    yield { name: "500 runs of 5 calls, submitted at once", value, unit: "runs/s", limit, bars };
    yield memory("peak memory of that process", peakMiB, 250);
  },
};
