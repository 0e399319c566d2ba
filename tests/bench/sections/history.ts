import { DENO_RUN, root, startServer, startTasker } from "../contenders.ts";
import type { Figure, Section } from "../figure.ts";
import { latency, runOverHttp } from "../latency.ts";
import { measure } from "../measure.ts";
import { rounds } from "../rounds.ts";
import { median, ratio } from "../statistics.ts";
import { inFolder, type Workload } from "../workload.ts";

const ROWS = 1_000_000;

function within(name: string, unit: string, values: number[], ratio: number): Figure {
  const [atLeast, atMost] = unit === "ms" ? [undefined, 1.1] as const : [0.9, undefined] as const;
  const bar = atLeast === undefined ? { atMost } : { atLeast };
  return {
    name,
    value: median(values),
    unit,
    bars: [{ what: "with over without", is: ratio, ...bar }],
  };
}

export const history: Section = {
  name: "history",
  about:
    `The same on a file with the rows of 10,000 ended runs, a million frames, beside a new file: sequential, parallel and
    500 runs as speeds, submit to result as times. The ratios are medians of interleaved rounds, bar: within 10 %.`,
  async *run({ quick, progress }) {
    const folder = Deno.makeTempDirSync({ prefix: "tasker-bench-" });
    try {
      const file = `${folder}/history.db`;
      progress(`${ROWS.toLocaleString("en-US")} rows of history`);
      await measure(Deno.execPath(), [...DENO_RUN, `${root}tests/bench/tasker/history.ts`, file, String(ROWS)]);
      yield* speeds(file, quick, progress);
      progress("submit to result, with history");
      yield* latencies(file, quick);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
};

async function* speeds(file: string, quick: boolean, progress: (text: string) => void): AsyncGenerator<Figure> {
  await using without = startTasker();
  await using filled = startTasker(file);
  const jobs = [["sequential", 1_000, 9, "calls/s"], ["parallel", 1_000, 9, "calls/s"], [
    "runs",
    500,
    5,
    "runs/s",
  ]] as const;
  for (const [job, count, times, unit] of jobs) {
    progress(`${job}, with history`);
    const ask = (contender: typeof without) => async () => (await contender.ask<Workload>(job, count)).perSecond;
    const held = await rounds(quick ? 3 : times, { without: ask(without), with: ask(filled) });
    const size = count.toLocaleString("en-US");
    yield within(`${job} ${size}, a million rows of history`, unit, held.with, ratio(held.with, held.without));
  }
}

function latencies(file: string, quick: boolean): AsyncGenerator<Figure> {
  return (async function* () {
    const held = await inFolder(async (folder) => {
      const without = await startServer(`${folder}/tasker.db`);
      await using _without = without.process;
      const filled = await startServer(file);
      await using _filled = filled.process;
      const ask = ({ client }: typeof without) => () => latency(100, () => runOverHttp(client));
      for (const server of [without, filled]) await ask(server)();
      return await rounds(quick ? 3 : 5, { without: ask(without), with: ask(filled) });
    });
    const [before, after] = [held.without, held.with].map((all) => all.map(({ p50 }) => p50)) as [number[], number[]];
    yield within("submit to result p50, a million rows of history", "ms", after, ratio(after, before));
  })();
}
