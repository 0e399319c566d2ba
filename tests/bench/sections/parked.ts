import { startLimit, startServer } from "../contenders.ts";
import type { Figure, Section } from "../figure.ts";
import type { Parked } from "../limit/workload.ts";
import { peakMemory, residentMemory } from "../peak_memory.ts";
import { inFolder } from "../workload.ts";

const RUNS = 1_000;

/** Submits the runs and waits until every one of them waits. */
function park(taskName: string): Promise<{ resident: number; peak: number }> {
  return inFolder(async (folder) => {
    const { process: server, client } = await startServer(`${folder}/tasker.db`);
    await using _server = server;
    const ids: string[] = [];
    for (let i = 0; i < RUNS; i++) ids.push((await client.submit({ taskName, input: {} })).taskRunId);
    for (const id of ids) {
      for await (const { status } of client.events(id)) if (status === "suspended_waiting_child") break;
    }
    return { resident: residentMemory(server.pid), peak: peakMemory(server.pid) };
  });
}

export const parked: Section = {
  name: "parked",
  about:
    `1,000 runs that all wait, each for a call that nobody answers or for a timer of a day: resident memory of the server's
    process when the last one waits, and the most it had until then. The limit has as many realms that wait in its loop.`,
  async *run({ progress }) {
    await using loop = startLimit();
    const { residentMiB: limit } = await loop.ask<Parked>("parked", RUNS);
    for (const [taskName, what] of [["unanswered", "calls without an answer"], ["sleeping", "timers"]] as const) {
      progress(`1,000 runs that wait for ${what}`);
      const { resident, peak } = await park(taskName);
      const figure: Figure = {
        name: `1,000 runs that wait for ${what}`,
        value: resident,
        unit: "MiB",
        limit: { value: limit, ratio: resident / limit },
        bars: [{ what: "peak", is: peak, atMost: 500, unit: "MiB" }],
      };
      yield figure;
    }
  },
};
