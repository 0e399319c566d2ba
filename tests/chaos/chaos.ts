/**
 * Chaos: runs on real tasker processes, whose owner is killed, frozen, deprived of its disk, its clock and its network;
 * then every promise is checked. `deno task chaos --seed N --minutes M`. Exit code 0 when all of them were kept, 1 when one
 * was not, 130 when it was interrupted.
 */
import { isApart, runApart } from "./apart.ts";
import { type Bed, openBed } from "./bed.ts";
import { argumentsOf, type Options, readOptions, USAGE } from "./options.ts";
import { summary } from "./report.ts";
import { settle } from "./settle.ts";
import { storm } from "./storm.ts";
import { judge } from "./verdict.ts";

const INTERRUPTED = 130;

async function chaos(options: Options): Promise<number> {
  const { seed, duration } = options;
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => interrupt.abort());
  console.log(`chaos for ${duration / 1_000} s with --seed ${seed}`);
  const bed = await openBed(options);
  console.log(`in ${bed.place.folder}`);
  let isKept = false;
  try {
    const done = course(bed, options, interrupt.signal);
    const stopped = new Promise<"stopped">((resolve) => {
      interrupt.signal.addEventListener("abort", () => resolve("stopped"));
    });
    const outcome = await Promise.race([done, stopped]);
    if (outcome === "stopped") {
      done.catch(() => {/* whatever it was doing has lost its processes */});
      console.log(`interrupted; the seed was ${seed}`);
      isKept = true;
      return INTERRUPTED;
    }
    isKept = outcome;
  } catch (error) {
    console.log(`the chaos itself failed: ${error instanceof Error ? error.stack : error}`);
  } finally {
    await end(bed, isKept);
  }
  const { passed, failed } = bed.findings;
  console.log(`\n--seed ${seed}\n${passed} passed, ${failed || isKept ? failed : 1} failed`);
  return isKept ? 0 : 1;
}

/** Whether every promise was kept. */
async function course(bed: Bed, { seed, duration }: Options, signal: AbortSignal): Promise<boolean> {
  bed.load.start();
  bed.approver.start();
  bed.relays.start();
  bed.spenders.start();
  const faults = await storm(bed, { seed, duration, signal, say: (line) => console.log(line) });
  await settle(bed);
  await bed.approver.stop();
  console.log(summary(bed, judge({ ...bed, seed }), faults));
  return bed.findings.failed === 0;
}

/** Nothing stays behind but, when a promise was broken, the file. */
async function end(bed: Bed, isKept: boolean): Promise<void> {
  await bed.network?.mend();
  await bed.disk.free();
  await bed.processes[Symbol.asyncDispose]();
  await bed.service[Symbol.asyncDispose]();
  if (isKept) return await bed.disk.remove(bed.place);
  console.log(`\nthe database is kept in ${await bed.disk.keep(bed.place)}`);
}

async function main(): Promise<number> {
  const options = readOptions(Deno.args);
  if (options === "help") {
    console.log(USAGE);
    return 0;
  }
  return (isApart ? undefined : await runApart(argumentsOf(options))) ?? await chaos(options);
}

Deno.exit(await main());
