import { compared, inNewProcesses, peakMemoryOf } from "../contest.ts";
import type { Section } from "../figure.ts";

export const parallel: Section = {
  name: "parallel",
  about:
    `1,000 calls issued at once by one run: calls/s from its submission to its result. A new process every round, warmed
    up with 1,000 sequential calls and a tenth of the job.`,
  async *run({ quick, progress }) {
    progress("1,000 parallel calls");
    const held = await inNewProcesses(quick ? 3 : 5, "parallel", 1_000);
    const figure = compared("1,000 parallel calls in one run", "calls/s", held);
    yield { ...figure, bars: [{ what: "speed", is: figure.value, atLeast: 5_000, unit: "calls/s" }] };
    yield peakMemoryOf("peak memory of that process", held);
  },
};

export const runs: Section = {
  name: "runs",
  about:
    `500 runs of 5 sequential calls each, submitted at once: runs/s from the first submission to the last result. A new
    process every round, warmed up with 1,000 sequential calls and a tenth of the job; the memory is its VmHWM.`,
  async *run({ quick, progress }) {
    progress("500 runs of 5 calls");
    const held = await inNewProcesses(quick ? 3 : 5, "runs", 500);
    const figure = compared("500 runs of 5 calls, submitted at once", "runs/s", held);
    yield {
      ...figure,
      bars: [
        { what: "speed", is: figure.value, atLeast: 900, unit: "runs/s" },
        { what: "speed", is: figure.value * 5, atLeast: 5_000, unit: "calls/s" },
      ],
    };
    yield peakMemoryOf("peak memory of that process", held, 250);
  },
};
