/** What the workloads of all contenders have in common. */

/** Sequential calls that warm a process up before it is measured: its JIT, its Worker, its connections. */
export const WARM_UP = 1_000;

/** What one workload's process prints. */
export interface Workload {
  /** Calls (of a batch of runs: runs) a second, from submission to the last result. */
  readonly perSecond: number;
  readonly seconds: number;
  /** VmHWM of the process at its end. */
  readonly peakMiB: number;
  readonly commits?: number;
}

/** The result of a run whose n-th call gives back n, from 0. */
export function expected(calls: number): number {
  return calls * (calls - 1) / 2;
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1000;
}

export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = Deno.makeTempDirSync({ prefix: "tasker-bench-" });
  try {
    return await work(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}
