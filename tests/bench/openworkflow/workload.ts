/**
 * Jobs on OpenWorkflow with its SQLite backend: sequential N, parallel N, runs N (of 5 steps each), latency N; see jobs.ts.
 * Its steps answer at once, as tasker's outside calls here do. Speeds leave out what its polling would add: the runs are
 * there before its worker starts; and an end is when the workflow's function ends, not when a client would see it.
 * It refuses runs of more than 1,000 steps.
 */
import { OpenWorkflow } from "openworkflow";
import { BackendSqlite } from "openworkflow/sqlite";
import { doJobs } from "../jobs.ts";
import { type Latency, latency } from "../latency.ts";
import { expected, inFolder, measureWork, WARM_UP, type Workload } from "../workload.ts";

/** Runs at a time: as many as tasker makes outside calls at a time. */
const CONCURRENCY = 32;
/** What SQLite calls `synchronous = FULL`. */
const FULL = 2;

/** Throws unless its own connection has WAL and synchronous=FULL, as tasker's has. */
function checkDurability(backend: BackendSqlite): void {
  const { db } = backend as unknown as { db: { prepare(sql: string): { get(): Record<string, unknown> } } };
  const [mode, synchronous] = ["journal_mode", "synchronous"].map((name) => db.prepare(`PRAGMA ${name}`).get()[name]);
  if (mode !== "wal" || synchronous !== FULL) {
    throw new Error(`it has journal_mode=${mode}, synchronous=${synchronous}`);
  }
}

await inFolder(async (folder) => {
  const backend = BackendSqlite.connect(`${folder}/openworkflow.db`);
  checkDurability(backend);
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

  /** Submits runs of so many calls each, then starts a worker, and waits until all of them have ended. */
  const work = async (workflow: typeof sequential, runs: number, calls: number, count: number) => {
    const worker = engine.newWorker({ concurrency: CONCURRENCY });
    const all = new Promise<void>((resolve, reject) => {
      let left = runs;
      ended = (sum) => {
        if (sum !== expected(calls)) reject(new Error(`a run of ${calls} steps gave ${sum}`));
        if (--left === 0) resolve();
      };
    });
    const workload = await measureWork(count, async () => {
      await Promise.all(Array.from({ length: runs }, () => workflow.run({ calls })));
      await worker.start();
      await all;
    });
    await worker.stop();
    return workload;
  };

  /** Runs of one step, one after another, with a worker that is there and polls. */
  const latencies = async (count: number) => {
    const worker = engine.newWorker({ concurrency: CONCURRENCY });
    await worker.start();
    const times = await latency(count, async () => {
      const result = new Promise<number>((resolve) => ended = resolve);
      await sequential.run({ calls: 1 });
      await result;
    });
    await worker.stop();
    return times;
  };

  await work(sequential, 1, WARM_UP, WARM_UP);
  await doJobs(Deno.args, ({ name, count }): Promise<Workload | Latency> => {
    if (name === "latency") return latencies(count);
    if (name === "runs") return work(sequential, count, 5, count);
    return work(name === "parallel" ? parallel : sequential, 1, count, count);
  });
  await backend.stop();
});
