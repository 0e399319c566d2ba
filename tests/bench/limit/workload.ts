/** Jobs on the engineless loop: sequential N, parallel N, runs N (of 5 calls each), latency N, parked N. See jobs.ts. */
import { doJobs } from "../jobs.ts";
import { type Latency, latency } from "../latency.ts";
import { residentMemory } from "../peak_memory.ts";
import { expected, inFolder, measureWork, WARM_UP, type Workload } from "../workload.ts";
import { LimitLoop } from "./loop.ts";

export interface Parked {
  readonly residentMiB: number;
}

await inFolder(async (folder) => {
  const loop = new LimitLoop(`${folder}/limit.db`);
  const run = async (task: "sequential" | "parallel", calls: number) => {
    const result = await loop.run({ task, calls });
    if (result !== expected(calls)) throw new Error(`the limit's loop answered ${result} for ${calls} calls`);
  };
  await run("sequential", WARM_UP);
  await doJobs(Deno.args, async ({ name, count }): Promise<Workload | Latency | Parked> => {
    if (name === "latency") return await latency(count, () => loop.runOverHttp({ task: "sequential", calls: 1 }));
    if (name === "parked") {
      await loop.park(count);
      return { residentMiB: residentMemory() };
    }
    return await measureWork(
      count,
      () =>
        name === "runs"
          ? Promise.all(Array.from({ length: count }, () => run("sequential", 5)))
          : run(name as "sequential" | "parallel", count),
    );
  });
  await loop.stop();
});
