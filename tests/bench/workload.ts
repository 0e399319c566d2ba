/** What the workloads of all contenders have in common. */
import process from "node:process";
import { peakMemory } from "./peak_memory.ts";

/** Sequential calls that warm a process up before it is measured: its JIT, its Worker, its connections. */
export const WARM_UP = 1_000;

/** What one workload's process prints. */
export interface Workload {
  /** Calls (of a batch of runs: runs) a second, from submission to the last result. */
  readonly perSecond: number;
  readonly seconds: number;
  /** Processor time of the whole process for one of them, ms: what a busy machine disturbs least. */
  readonly cpuMsEach: number;
  /** VmHWM of the process at its end. */
  readonly peakMiB: number;
}

/** The result of a run whose n-th call gives back n, from 0. */
export function expected(calls: number): number {
  return calls * (calls - 1) / 2;
}

/** Does so many calls (or runs), and says how that went. */
export async function measureWork(count: number, work: () => Promise<unknown>): Promise<Workload> {
  const [begin, before] = [performance.now(), process.cpuUsage()];
  await work();
  const seconds = (performance.now() - begin) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { perSecond: count / seconds, seconds, cpuMsEach: (user + system) / 1000 / count, peakMiB: peakMemory() };
}

export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = Deno.makeTempDirSync({ prefix: "tasker-bench-" });
  try {
    return await work(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}
