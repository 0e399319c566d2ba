/** What tasker costs, measured beside what the machine allows: `deno task bench`; see `--help`. */
import { parseArgs } from "node:util";
import { type Figure, isMet, type Section } from "./figure.ts";
import { lines } from "./report.ts";
import { parallel, runs } from "./sections/batches.ts";
import { history } from "./sections/history.ts";
import { submitToResult } from "./sections/latency.ts";
import { limit } from "./sections/limit.ts";
import { longRun } from "./sections/long_run.ts";
import { parked } from "./sections/parked.ts";
import { replay } from "./sections/replay.ts";
import { restart } from "./sections/restart.ts";
import { search } from "./sections/search.ts";
import { sequential } from "./sections/sequential.ts";
import { startUp } from "./sections/start_up.ts";

const sections: readonly Section[] = [
  limit,
  sequential,
  longRun,
  parallel,
  runs,
  submitToResult,
  parked,
  replay,
  restart,
  history,
  search,
  startUp,
];

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    help: { type: "boolean", short: "h" },
    json: { type: "boolean" },
    only: { type: "string" },
    quick: { type: "boolean" },
  },
});

const names = flags.only?.split(",") ?? sections.map(({ name }) => name);
const chosen = sections.filter(({ name }) => names.includes(name));
const figures: (Figure & { section: string })[] = [];
for (const section of chosen) {
  if (!flags.json) console.log(`\n${section.name}`);
  for await (
    const figure of section.run({ quick: flags.quick ?? false, progress: (text) => console.error(`… ${text}`) })
  ) {
    figures.push({ section: section.name, ...figure });
    if (!flags.json) { for (const line of lines(figure)) console.log(line); }
  }
}
if (flags.json) console.log(JSON.stringify({ deno: Deno.version.deno, figures }, null, 2));
const missed = figures.flatMap(({ bars = [] }) => bars).filter((bar) => !isMet(bar)).length;
if (!flags.json) console.log(`\n${missed} bars missed`);
