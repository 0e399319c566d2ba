import { compared, type Contest, LongContest, peakMemoryOf } from "../contest.ts";
import type { Section } from "../figure.ts";

export const sequential: Section = {
  name: "sequential",
  about: `N calls, one after another, in one run: calls/s from its submission to its result. The memory is VmHWM of the
    process that has done all of them.`,
  async *run({ quick, progress }) {
    await using contest = await LongContest.start();
    const sizes = quick ? [[100, 5], [1_000, 5]] as const : [[100, 15], [1_000, 11], [10_000, 3]] as const;
    let last: Contest | undefined;
    for (const [calls, count] of sizes) {
      progress(`${calls} sequential calls`);
      const held = await contest.hold(count, "sequential", calls);
      last = held;
      const figure = compared(`${calls.toLocaleString("en-US")} sequential calls in one run`, "calls/s", held);
      const bars = [{ what: "share of the limit", is: figure.limit.ratio, atLeast: 0.75 }];
      if (figure.openWorkflow !== undefined) {
        bars.push({ what: "times OpenWorkflow", is: figure.openWorkflow.ratio, atLeast: 1.3 });
      }
      yield { ...figure, bars };
    }
    yield peakMemoryOf("peak memory of that process", last!, 150);
  },
};
