/** What tasker costs, measured beside what the machine allows: `deno task bench`; `--help` says how each number is defined. */
import { type Figure, isMet } from "./figure.ts";
import { type Options, readOptions } from "./options.ts";
import { lines } from "./report.ts";

const options = readOptions(Deno.args);
if ("help" in options) {
  console.log(options.help);
} else if ("fault" in options) {
  console.error(options.fault);
  Deno.exitCode = 2;
} else {
  await bench(options);
}

async function bench({ chosen, json, quick }: Options): Promise<void> {
  const begin = performance.now();
  const machine = { deno: Deno.version.deno, cores: navigator.hardwareConcurrency, load: Deno.loadavg()[0]! };
  const say = (text: string) => json || console.log(text);
  say(`Deno ${machine.deno}, ${machine.cores} cores, load ${machine.load.toFixed(1)}; WAL, synchronous=FULL`);
  if (machine.load > 0.5) console.error("the machine is busy with something else: ratios mean more than values");
  const figures: (Figure & { section: string })[] = [];
  for (const { name: section, run } of chosen) {
    say(`\n${section}`);
    for await (const figure of run({ quick, progress: (text) => console.error(`… ${text}`) })) {
      figures.push({ section, ...figure });
      for (const line of lines(figure)) say(line);
    }
  }
  const seconds = (performance.now() - begin) / 1000;
  const bars = figures.flatMap(({ bars = [] }) => bars);
  say(`\n${bars.filter((bar) => !isMet(bar)).length} of ${bars.length} bars missed, in ${Math.round(seconds)} s`);
  if (!json) return;
  const judged = figures.map(({ bars = [], ...figure }) => ({
    ...figure,
    bars: bars.map((bar) => ({ ...bar, isMet: isMet(bar) })),
  }));
  console.log(JSON.stringify({ ...machine, quick, seconds, figures: judged }, null, 2));
}
