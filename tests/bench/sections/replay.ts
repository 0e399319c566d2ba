import { DENO_RUN, root, TASKER_RUN } from "../contenders.ts";
import type { Section } from "../figure.ts";
import type { LimitReplay } from "../limit/replay.ts";
import { measure } from "../measure.ts";
import { rounds } from "../rounds.ts";
import { median, ratio } from "../statistics.ts";
import { inFolder } from "../workload.ts";

const RUN = {
  limit: [...DENO_RUN, `${root}tests/bench/limit/replay.ts`],
  tasker: [...TASKER_RUN, `${root}tests/bench/tasker/replay.ts`],
};

async function run(program: keyof typeof RUN, ...args: string[]): Promise<string> {
  return (await measure(Deno.execPath(), [...RUN[program], ...args])).stdout;
}

/** The engineless replay of so many calls in a new process. */
export function runLimitReplay(calls: number): Promise<LimitReplay> {
  return inFolder(async (folder) => {
    await run("limit", "prepare", `${folder}/limit.db`, String(calls));
    return JSON.parse(await run("limit", "replay", `${folder}/limit.db`)) as LimitReplay;
  });
}

export const replay: Section = {
  name: "replay",
  about:
    `A new process takes up a run with 10,000 settled calls: journaled calls/s, from the engine's start to the start of the
    run's next new call. The run then makes 100 more calls, only those, and must end with the right result.`,
  async *run({ quick, progress }) {
    const calls = 10_000;
    progress(`a journal of ${calls.toLocaleString("en-US")} calls`);
    const held = await inFolder(async (folder) => {
      await run("tasker", "prepare", `${folder}/journal.db`, String(calls));
      return await rounds(quick ? 3 : 5, {
        limit: async () => (await runLimitReplay(calls)).perSecond,
        tasker: async () => {
          Deno.copyFileSync(`${folder}/journal.db`, `${folder}/copy.db`);
          return (JSON.parse(await run("tasker", "replay", `${folder}/copy.db`)) as { perSecond: number }).perSecond;
        },
      });
    });
    const value = median(held.tasker);
    yield {
      name: "cold replay of a 10,000-call journal",
      value,
      unit: "calls/s",
      limit: { value: median(held.limit), ratio: ratio(held.tasker, held.limit) },
      bars: [{ what: "speed", is: value, atLeast: 50_000, unit: "calls/s" }],
    };
  },
};
