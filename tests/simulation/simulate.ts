/** The engine on a simulated clock, through schedules that their seeds decide. */
import { parseArgs } from "node:util";
import { Simulation, type Verdict } from "./schedule.ts";
import { simulate } from "./threads.ts";

const HELP = `deno task simulate [--schedules M] [--from N] | --seed N

Runs the engine through schedules, each decided by its seed. Exit code 0 when every promise was kept, 1 when one was not.
  --schedules M  how many [default: 10000]
  --from N       the first one's seed [default: 0]
  --seed N       runs that one alone, and prints its program and everything that happened`;

const values = readArguments();

function readArguments() {
  const text = { type: "string" } as const;
  try {
    const { values } = parseArgs({ options: { seed: text, schedules: text, from: text, help: { type: "boolean" } } });
    if (!values.help) return values;
    console.log(HELP);
    Deno.exit(0);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`);
    Deno.exit(2);
  }
}

function whole(name: "seed" | "schedules" | "from", fallback: number): number {
  const text = values[name] ?? String(fallback);
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Error(`--${name} takes a whole number, not "${text}"`);
}

function failure({ seed, violations }: Verdict): string {
  return `--seed ${seed}: ${violations.join("\n  ")}`;
}

async function replay(seed: number): Promise<boolean> {
  using simulation = new Simulation();
  const verdict = await simulation.run(seed);
  console.log(`${verdict.program}\n\n${JSON.stringify(verdict.plan)}\n\n${verdict.trace.join("\n")}`);
  const kept = verdict.violations.length === 0;
  console.log(kept ? `\n--seed ${seed}: every promise was kept` : `\n${failure(verdict)}`);
  return kept;
}

async function search(): Promise<boolean> {
  const begin = performance.now();
  const { schedules, events, failed } = await simulate({
    from: whole("from", 0),
    schedules: whole("schedules", 10_000),
  });
  for (const verdict of failed) console.log(failure(verdict));
  const seconds = ((performance.now() - begin) / 1_000).toFixed(1);
  console.log(`${schedules} schedules, ${events} events in ${seconds} s, ${failed.length} failed`);
  return failed.length === 0;
}

const kept = values.seed === undefined ? await search() : await replay(whole("seed", 0));
Deno.exit(kept ? 0 : 1);
