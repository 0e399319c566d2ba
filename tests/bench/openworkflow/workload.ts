/**
 * Jobs on OpenWorkflow with its SQLite backend: sequential N, parallel N, runs N (of 5 steps each), latency N; see jobs.ts.
 * Its steps answer at once, as tasker's outside calls here do. Each figure leaves out what its polling would add: the runs
 * are there before its worker starts, and the end is when the workflow's function ends, not when a client would see it.
 * It refuses runs of more than 1,000 steps.
 */
import { OpenWorkflow } from "openworkflow";
import { BackendSqlite } from "openworkflow/sqlite";
import { doJobs } from "../jobs.ts";
import { peakMemory } from "../peak_memory.ts";
import { expected, inFolder, timed, WARM_UP, type Workload } from "../workload.ts";

await inFolder(async (folder) => {
  const backend = BackendSqlite.connect(`${folder}/openworkflow.db`);
  const { db } = backend as unknown as { db: { prepare(sql: string): { get(): Record<string, unknown> } } };
  const pragma = (name: string) => Object.values(db.prepare(`PRAGMA ${name}`).get())[0];
  console.error("pragma", pragma("journal_mode"), pragma("synchronous"));
  const engine = new OpenWorkflow({ backend });
  let ended: (sum: number) => void = () => {};
  const sequential = engine.defineWorkflow<{ calls: number }, number>(
    { name: "sequential" },
    async ({ input, step }) => {
      let sum = 0;
      for (let i = 0; i < input.calls; i++) sum += await step.run({ name: `nothing-${i}` }, () => i);
      ended(sum);
      return sum;
    },
  );
  const parallel = engine.defineWorkflow<{ calls: number }, number>({ name: "parallel" }, async ({ input, step }) => {
    const steps = Array.from({ length: input.calls }, (_, i) => step.run({ name: `nothing-${i}` }, () => i));
    const sum = (await Promise.all(steps)).reduce((sum, value) => sum + value, 0);
    ended(sum);
    return sum;
  });
  const concurrency = Number(Deno.env.get("OWC") ?? 32);

  /** Submits, then starts a worker, and waits until as many workflows have ended. */
  const work = async (count: number, calls: number, submit: () => Promise<unknown>[]) => {
    const worker = engine.newWorker({ concurrency });
    const all = new Promise<void>((resolve, reject) => {
      let left = count;
      ended = (sum) => {
        if (sum !== expected(calls)) reject(new Error(`a run of ${calls} steps gave ${sum}`));
        if (--left === 0) resolve();
      };
    });
    const seconds = await timed(async () => {
      await Promise.all(submit());
      await worker.start();
      await all;
    });
    await worker.stop();
    return seconds;
  };

  await work(1, WARM_UP, () => [sequential.run({ calls: WARM_UP })]);
  await doJobs(Deno.args, async ({ name, count }): Promise<Workload> => {
    const seconds = name === "runs"
      ? await work(count, 5, () => Array.from({ length: count }, () => sequential.run({ calls: 5 })))
      : name === "sequential"
      ? await work(1, count, () => [sequential.run({ calls: count })])
      : await work(1, count, () => [parallel.run({ calls: count })]);
    return { perSecond: count / seconds, seconds, peakMiB: peakMemory() };
  });
  await backend.stop();
});
