/**
 * `prepare FILE CALLS` makes a run whose journal has that many settled calls and stops in the middle of the next one.
 * `replay FILE` goes on with it in a new process: a new realm gets the whole journal, makes NEW_CALLS more calls and ends.
 */
import { openStore } from "../../../src/store/store.ts";
import { expected } from "../workload.ts";
import { openBenchHost, publishBenchTasks } from "./bench_host.ts";

/** Calls that the run makes after the ones in the journal: that the replay was real shows in them and in the result. */
const NEW_CALLS = 100;

const [what = "", file = "", count = "10000"] = Deno.args;
const store = openStore(file);
publishBenchTasks(store);
const host = openBenchHost(store);

if (what === "prepare") {
  const calls = Number(count);
  const reached = new Promise<void>((resolve) => {
    host.outside.arrived = (argument) => {
      if (argument === calls) resolve();
      return argument === calls;
    };
  });
  host.start(false);
  await host.engine.submit({ taskName: "sequential", input: { calls: calls + NEW_CALLS } });
  await reached;
  await host.stop();
} else {
  const { id, run, input } = store.taskRuns.unfinished()[0]!;
  const { delivery: recorded } = store.stackRuns.last(run);
  const { calls } = JSON.parse(input) as { calls: number };
  let asked = 0;
  let newCallAt = 0;
  host.outside.arrived = (argument) => {
    asked++;
    // The one it stopped in is made again; the one after it is new.
    if (argument === recorded + 1) newCallAt = performance.now();
  };
  const begin = performance.now();
  host.start(false);
  const { result } = await host.ended(id);
  await host.stop();
  if (recorded + NEW_CALLS !== calls || asked !== NEW_CALLS || result !== String(expected(calls))) {
    throw new Error(`${recorded} of ${calls} calls recorded, ${asked} made after the restart, the result is ${result}`);
  }
  const seconds = (newCallAt - begin) / 1000;
  console.log(JSON.stringify({ perSecond: recorded / seconds, seconds, recorded }));
}
store.close();
