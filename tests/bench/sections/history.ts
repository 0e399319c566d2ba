import type { Contender } from "../contender.ts";
import { DENO_RUN, root, startServer, startTasker } from "../contenders.ts";
import type { Figure, Section, SectionOptions } from "../figure.ts";
import { latency, runOverHttp } from "../latency.ts";
import { measure } from "../measure.ts";
import { rounds } from "../rounds.ts";
import { median, ratio } from "../statistics.ts";
import type { Workload } from "../workload.ts";

const ROWS = 1_000_000;

const JOBS = [
  { job: "sequential", count: 1_000, times: 9, unit: "calls/s" },
  { job: "parallel", count: 1_000, times: 9, unit: "calls/s" },
  { job: "runs", count: 500, times: 5, unit: "runs/s" },
] as const;

interface Setting extends SectionOptions {
  readonly folder: string;
  /** The one with history. */
  readonly file: string;
}

interface Held<Value> {
  readonly without: Value[];
  readonly filled: Value[];
}

function beside(name: string, unit: string, { without, filled }: Held<number>, more = ""): Figure {
  const is = ratio(filled, without);
  return {
    name: `${name}, a million rows of history`,
    value: median(filled),
    unit,
    note: `without ${median(without).toFixed(unit === "ms" ? 2 : 0)} ${unit}${more}`,
    bars: [{ what: "with over without", is, ...(unit === "ms" ? { atMost: 1.1 } : { atLeast: 0.9 }) }],
  };
}

/** Of both, as numbers. */
function each({ without, filled }: Held<Workload>, number: (workload: Workload) => number): Held<number> {
  return { without: without.map(number), filled: filled.map(number) };
}

export const history: Section = {
  name: "history",
  about:
    `The same on a file with the rows of 10,000 ended runs, a million frames, beside a new file: sequential, parallel and
    500 runs as speeds, submit to result as times. The ratios are medians of interleaved rounds, bar: within 10 %.`,
  async *run(options) {
    const folder = Deno.makeTempDirSync({ prefix: "tasker-bench-" });
    try {
      const file = `${folder}/history.db`;
      options.progress(`${ROWS.toLocaleString("en-US")} rows of history`);
      await measure(Deno.execPath(), [...DENO_RUN, `${root}tests/bench/tasker/history.ts`, file, String(ROWS)]);
      const setting = { ...options, folder, file };
      yield* speeds(setting);
      yield* latencies(setting);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
};

async function* speeds({ file, quick, progress }: Setting): AsyncGenerator<Figure> {
  await using without = startTasker();
  await using filled = startTasker(file);
  for (const { job, count, times, unit } of JOBS) {
    progress(`${job}, with history`);
    const ask = (contender: Contender) => () => contender.ask<Workload>(job, count);
    const held = await rounds(quick ? 3 : times, { without: ask(without), filled: ask(filled) });
    const cpu = each(held, ({ cpuMsEach }) => cpuMsEach);
    const more = `; processor ${median(cpu.filled).toFixed(2)} ms each, without ${median(cpu.without).toFixed(2)} ms`;
    yield beside(`${job} ${count.toLocaleString("en-US")}`, unit, each(held, ({ perSecond }) => perSecond), more);
  }
}

async function* latencies({ file, folder, quick, progress }: Setting): AsyncGenerator<Figure> {
  progress("submit to result, with history");
  const without = await startServer(`${folder}/new.db`);
  await using _without = without.process;
  const filled = await startServer(file);
  await using _filled = filled.process;
  const ask = ({ client }: typeof without) => async () => (await latency(100, () => runOverHttp(client))).p50;
  for (const server of [without, filled]) await ask(server)();
  const held = await rounds(quick ? 3 : 5, { without: ask(without), filled: ask(filled) });
  yield beside("submit to result p50", "ms", held);
}
