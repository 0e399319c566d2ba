import type { Contender } from "./contender.ts";
import { startLimit, startOpenWorkflow, startTasker } from "./contenders.ts";
import type { Figure } from "./figure.ts";
import { rounds } from "./rounds.ts";
import { median, ratio } from "./statistics.ts";
import type { Workload } from "./workload.ts";

export type Contest = { readonly tasker: Workload[]; readonly limit: Workload[]; readonly openWorkflow?: Workload[] };

const STARTS = { limit: startLimit, openWorkflow: startOpenWorkflow, tasker: startTasker };
type Name = keyof typeof STARTS;

/** One job in a new process in every round: what one batch leaves in memory must not count as the next one's. */
export function inNewProcesses(count: number, job: string, size: number): Promise<Contest> {
  const once = (name: Name) => async () => {
    await using contender = STARTS[name]();
    await contender.ask(job, size / 10);
    return await contender.ask<Workload>(job, size);
  };
  return rounds(count, { limit: once("limit"), openWorkflow: once("openWorkflow"), tasker: once("tasker") });
}

/** Jobs in processes that stay; OpenWorkflow only takes part in what it does not refuse. */
export class LongContest implements AsyncDisposable {
  readonly #contenders: { readonly [name in Name]: Contender };

  constructor() {
    const start = (name: Name) => STARTS[name]();
    this.#contenders = { limit: start("limit"), openWorkflow: start("openWorkflow"), tasker: start("tasker") };
  }

  hold(count: number, job: string, size: number): Promise<Contest> {
    const once = (name: Name) => () => this.#contenders[name].ask<Workload>(job, size);
    const both = { limit: once("limit"), tasker: once("tasker") };
    return size > 1_000 ? rounds(count, both) : rounds(count, { ...both, openWorkflow: once("openWorkflow") });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const contender of Object.values(this.#contenders)) await contender[Symbol.asyncDispose]();
  }
}

/** Speeds beside each other; the shares are medians of what each round says. */
export function compared(name: string, unit: string, { tasker, limit, openWorkflow }: Contest) {
  const speeds = (workloads: Workload[]) => workloads.map(({ perSecond }) => perSecond);
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
  } satisfies Figure;
}

/** The most memory that any of the processes had resident. */
export function peakMemoryOf(name: string, workloads: readonly Workload[], atMost?: number): Figure {
  const value = Math.max(...workloads.map(({ peakMiB }) => peakMiB));
  const bars = atMost === undefined ? [] : [{ what: "peak", is: value, atMost, unit: "MiB" }];
  return { name, value, unit: "MiB", bars };
}
