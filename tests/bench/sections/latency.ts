import { hasOpenWorkflow, startLimit, startOpenWorkflow, startServer } from "../contenders.ts";
import type { Section } from "../figure.ts";
import { type Latency, latency, runOverHttp } from "../latency.ts";
import { rounds } from "../rounds.ts";
import { median, ratio } from "../statistics.ts";
import { inFolder } from "../workload.ts";

export const submitToResult: Section = {
  name: "latency",
  about:
    `A run of one call on a warm server in another process, over its HTTP surface: from the request that submits it and
    waits to the answer with its result, ms, one run after another; the median of rounds of 100. The limit is the
    engineless loop asked in the same way. OpenWorkflow's is within its process, from submission to the end of its function.`,
  async *run({ quick, progress }) {
    progress("submit to result");
    const held = await inFolder(async (folder) => {
      const { process: server, client } = await startServer(`${folder}/tasker.db`);
      await using _server = server;
      await using limit = startLimit();
      await using peer = await hasOpenWorkflow() ? startOpenWorkflow() : undefined;
      await latency(100, () => runOverHttp(client));
      return await rounds(quick ? 3 : 5, {
        limit: () => limit.ask<Latency>("latency", 100),
        openWorkflow: peer && (() => peer.ask<Latency>("latency", quick ? 10 : 30)),
        tasker: () => latency(100, () => runOverHttp(client)),
      });
    });
    for (const [share, atMost] of [["p50", 3], ["p99", 10]] as const) {
      const times = (latencies: Latency[]) => latencies.map((one) => one[share]);
      const value = median(times(held.tasker));
      const beside = (others: Latency[]) => ({
        value: median(times(others)),
        ratio: ratio(times(held.tasker), times(others)),
      });
      yield {
        name: `submit to result of a one-call run, ${share}`,
        value,
        unit: "ms",
        limit: beside(held.limit),
        ...(held.openWorkflow === undefined ? {} : { openWorkflow: beside(held.openWorkflow) }),
        bars: [{ what: share, is: value, atMost, unit: "ms" }],
      };
    }
  },
};
