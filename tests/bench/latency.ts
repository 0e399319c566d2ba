import type { Client } from "../../src/server/client.ts";
import { quantile } from "./statistics.ts";
import { expected } from "./workload.ts";

/** Of many runs of one call, from submission to result, ms. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
}

/** Submits that many runs, one after the other. */
export async function latency(count: number, run: () => Promise<unknown>): Promise<Latency> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const begin = performance.now();
    await run();
    times.push(performance.now() - begin);
  }
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

/** A run of one call as a client of the HTTP surface sees it: one request that waits for the result. */
export async function runOverHttp(client: Client, calls = 1): Promise<void> {
  const run = await client.execute({ taskName: "sequential", input: { calls } }, 30_000);
  if (!("result" in run) || run.result !== expected(calls)) throw new Error(`a run did not end with its result`);
}
