/**
 * Jobs on tasker's engine with its real server and chain: sequential N, parallel N, runs N (of 5 calls each); see jobs.ts.
 * `--database FILE` before them: on that file instead of a new one.
 */
import { openStore } from "../../../src/store/store.ts";
import { doJobs } from "../jobs.ts";
import { expected, inFolder, measureWork, WARM_UP, type Workload } from "../workload.ts";
import { openBenchHost, publishBenchTasks } from "./bench_host.ts";

/** How the calls of one long run went. */
export interface Course {
  /** Seconds since the run's submission, at every thousandth call. */
  readonly at: number[];
  readonly rssMiB: number[];
}

const args = [...Deno.args];
const database = args[0] === "--database" ? args.splice(0, 2)[1] : undefined;

await inFolder(async (folder) => {
  const store = openStore(database ?? `${folder}/tasker.db`);
  publishBenchTasks(store);
  const host = openBenchHost(store);
  host.start(false);
  const run = async (task: "sequential" | "parallel", calls: number) => {
    const result = await host.run(task, { calls });
    if (result !== expected(calls)) throw new Error(`a run of ${calls} calls gave ${result}`);
  };
  await run("sequential", WARM_UP);
  await doJobs(args, async ({ name, count }): Promise<Workload & { course: Course }> => {
    const course: Course = { at: [], rssMiB: [] };
    const begin = performance.now();
    let calls = 0;
    host.outside.arrived = () => {
      if (++calls % 1_000 !== 0) return;
      course.at.push((performance.now() - begin) / 1000);
      course.rssMiB.push(Deno.memoryUsage().rss / 2 ** 20);
    };
    const workload = await measureWork(
      count,
      () =>
        name === "runs"
          ? Promise.all(Array.from({ length: count }, () => run("sequential", 5)))
          : run(name as "sequential" | "parallel", count),
    );
    return { ...workload, course };
  });
  await host.stop();
  store.close();
});
