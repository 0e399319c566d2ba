import type { Contender } from "./contender.ts";
import { hasOpenWorkflow, startLimit, startOpenWorkflow, startTasker } from "./contenders.ts";
import type { Figure } from "./figure.ts";
import { rounds } from "./rounds.ts";
import { median, ratio } from "./statistics.ts";
import type { Workload } from "./workload.ts";

/** What the contenders did, round by round. */
export interface Contest {
  readonly tasker: Workload[];
  readonly limit: Workload[];
  readonly openWorkflow: Workload[] | undefined;
}

/** One job in a new process in every round: what one batch leaves in memory must not count as the next one's. */
export async function inNewProcesses(count: number, job: string, size: number): Promise<Contest> {
  const once = (start: () => Contender) => async () => {
    await using contender = start();
    await contender.ask(job, size / 10);
    return await contender.ask<Workload>(job, size);
  };
  const openWorkflow = await hasOpenWorkflow() ? once(startOpenWorkflow) : undefined;
  return await rounds(count, { limit: once(startLimit), openWorkflow, tasker: once(startTasker) });
}

/** Jobs in processes that stay; OpenWorkflow only takes part in what it does not refuse. */
export class LongContest implements AsyncDisposable {
  readonly #limit = startLimit();
  readonly #tasker = startTasker();
  readonly #openWorkflow: Contender | undefined;

  private constructor(hasPeer: boolean) {
    if (hasPeer) this.#openWorkflow = startOpenWorkflow();
  }

  static async start(): Promise<LongContest> {
    return new LongContest(await hasOpenWorkflow());
  }

  hold(count: number, job: string, size: number): Promise<Contest> {
    const once = (contender: Contender) => () => contender.ask<Workload>(job, size);
    const peer = size <= 1_000 ? this.#openWorkflow : undefined;
    const openWorkflow = peer && once(peer);
    return rounds(count, { limit: once(this.#limit), openWorkflow, tasker: once(this.#tasker) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of [this.#limit, this.#tasker, this.#openWorkflow]) await one?.[Symbol.asyncDispose]();
  }
}

/** Speeds beside each other; the ratios are medians of what each round says. */
export function compared(name: string, unit: string, { tasker, limit, openWorkflow }: Contest) {
  const speeds = (workloads: Workload[]) => workloads.map(({ perSecond }) => perSecond);
  const cpu = (workloads: Workload[]) => median(workloads.map(({ cpuMsEach }) => cpuMsEach)).toFixed(2);
  const beside = (others: Workload[]) => ({
    value: median(speeds(others)),
    ratio: ratio(speeds(tasker), speeds(others)),
  });
  return {
    name,
    unit,
    value: median(speeds(tasker)),
    limit: beside(limit),
    ...(openWorkflow === undefined ? {} : { openWorkflow: beside(openWorkflow) }),
    note: `processor ${cpu(tasker)} ms each, limit ${cpu(limit)} ms` +
      (openWorkflow === undefined ? "" : `, OpenWorkflow ${cpu(openWorkflow)} ms`),
  } satisfies Figure;
}

/** The most memory that a process of each had resident. */
export function peakMemoryOf(name: string, { tasker, limit, openWorkflow }: Contest, atMost?: number): Figure {
  const peak = (workloads: Workload[]) => Math.max(...workloads.map(({ peakMiB }) => peakMiB));
  const value = peak(tasker);
  const beside = (others: Workload[]) => ({ value: peak(others), ratio: value / peak(others) });
  return {
    name,
    value,
    unit: "MiB",
    limit: beside(limit),
    ...(openWorkflow === undefined ? {} : { openWorkflow: beside(openWorkflow) }),
    bars: atMost === undefined ? [] : [{ what: "peak", is: value, atMost, unit: "MiB" }],
  };
}
