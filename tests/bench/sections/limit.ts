import { startLimit } from "../contenders.ts";
import type { Section } from "../figure.ts";
import { median } from "../statistics.ts";
import type { Workload } from "../workload.ts";

export const limit: Section = {
  name: "limit",
  about:
    "The engineless loop by itself: realm → message → one FULL commit (one insert, one update) → loopback POST to " +
    "itself → message.",
  async *run({ progress }) {
    await using loop = startLimit();
    for (
      const [job, count, unit] of [["sequential", 1_000, "calls/s"], ["parallel", 1_000, "calls/s"], [
        "runs",
        500,
        "runs/s",
      ]] as const
    ) {
      progress(`the limit: ${job}`);
      const answers: Workload[] = [];
      for (let round = 0; round < 5; round++) answers.push(await loop.ask<Workload>(job, count));
      yield {
        name: `the limit: ${job}, ${count.toLocaleString("en-US")}`,
        value: median(answers.map((one) => one.perSecond)),
        unit,
      };
    }
  },
};
