/**
 * Tasker's engine behind its HTTP surface in a process of its own, as `tasker serve` is. Prints its address, and serves
 * until its stdin ends. Usage: served.ts FILE [ARGUMENT]: the call with that argument is not answered, but reported.
 *
 * A file with an unfinished run in it is taken up; the first call beyond the run's journal is reported with its time.
 */
import { acquireOwnership } from "../../../src/store/ownership.ts";
import { openStore } from "../../../src/store/store.ts";
import { openBenchHost, publishBenchTasks } from "./bench_host.ts";

/** Of the first call that the run had not made before this process began. */
export interface NewCall {
  /** Since `performance.timeOrigin`: before the first instruction of any module, ms. */
  readonly sinceOrigin: number;
  /** The same of the engine's start: until then modules were loaded and the file was opened, ms. */
  readonly engineSinceOrigin: number;
  /** `Date.now()` at the call's start. */
  readonly at: number;
}

const [file = "", unanswered] = Deno.args;
const print = (line: unknown) => console.log(JSON.stringify(line));

const store = openStore(file);
const ownership = acquireOwnership(file)!;
publishBenchTasks(store);
const { atWork } = store.owner.read();
const interrupted = store.taskRuns.unfinished()[0];
let journaled = interrupted === undefined ? Infinity : store.stackRuns.last(interrupted.run).seq;
const host = openBenchHost(store);
host.outside.arrived = (argument) => {
  if (Number(argument) >= journaled) {
    const newCall: NewCall = { sinceOrigin: performance.now(), engineSinceOrigin, at: Date.now() };
    journaled = Infinity;
    print(newCall);
  }
  if (unanswered === undefined || argument !== Number(unanswered)) return false;
  print({ unanswered: argument });
  return true;
};
const engineSinceOrigin = performance.now();
host.start(atWork);
print(host.address);
for await (const _chunk of Deno.stdin.readable);
await host.stop();
store.owner.leave(host.address.epoch);
store.close();
ownership.release();
