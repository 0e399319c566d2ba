import { DENO_RUN, root } from "../contenders.ts";
import type { Section } from "../figure.ts";
import { measure } from "../measure.ts";
import { rounds } from "../rounds.ts";
import { median, ratio } from "../statistics.ts";
import { inFolder, type Workload } from "../workload.ts";

async function once(path: string, ...args: string[]): Promise<Workload> {
  const { stdout } = await measure(Deno.execPath(), [...DENO_RUN, `${root}tests/bench/${path}`, ...args]);
  return JSON.parse(stdout) as Workload;
}

export const replay: Section = {
  name: "replay",
  about:
    "A new process takes up a run with 10,000 settled calls: journaled calls/s, from the engine's start to the start " +
    "of the run's next new call. The run then makes 100 more calls and must end with the right result.",
  async *run({ quick, progress }) {
    const calls = 10_000;
    progress(`a journal of ${calls} calls`);
    const ran = await inFolder(async (folder) => {
      const journal = `${folder}/journal.db`;
      await measure(Deno.execPath(), [
        ...DENO_RUN,
        `${root}tests/bench/tasker/replay.ts`,
        "prepare",
        journal,
        String(calls),
      ]);
      return await rounds(quick ? 3 : 5, {
        limit: () => once("limit/replay.ts", String(calls)),
        tasker: () => {
          Deno.copyFileSync(journal, `${folder}/copy.db`);
          return once("tasker/replay.ts", "replay", `${folder}/copy.db`);
        },
      });
    });
    const [limits, speeds] = [ran.limit, ran.tasker].map((all) => all.map(({ perSecond }) => perSecond)) as [
      number[],
      number[],
    ];
    const value = median(speeds);
    yield {
      name: "cold replay of a 10,000-call journal",
      value,
      unit: "calls/s",
      limit: { value: median(limits), ratio: ratio(speeds, limits) },
      bars: [{ what: "speed", is: value, atLeast: 50_000, unit: "calls/s" }],
    };
  },
};
