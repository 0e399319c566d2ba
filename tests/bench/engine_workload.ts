/** One workload on a fresh engine with its real chain; prints one line of JSON. Usage: engine_workload.ts NAME COUNT */
import { systemClock } from "../../src/core/clock.ts";
import type { Json } from "../../src/core/json.ts";
import { LEGACY_MANIFEST } from "../../src/core/manifest.ts";
import { isRunEnded } from "../../src/core/states.ts";
import { type Host, openHost } from "../../src/server/host.ts";
import type { Outcome, Service, ServiceCall } from "../../src/services/contract.ts";
import { openStore } from "../../src/store/store.ts";
import { peakMemory } from "./peak_memory.ts";

const NOTHING: Service = {
  name: "outside",
  local: false,
  traits: () => ({ repeatable: true }),
  call: (call: ServiceCall): Outcome => ({
    type: "result",
    value: call.args[0] ?? null,
  }),
};

const TASKS = {
  sequential: `module.exports = async ({ calls }) => {
    const start = Date.now();
    for (let i = 0; i < calls; i++) await tools.outside.nothing(i);
    return Date.now() - start;
  }`,
  parallel: `module.exports = async ({ calls }) =>
    (await Promise.all(Array.from({ length: calls }, (_, i) => tools.outside.nothing(i)))).length;`,
};

const folder = Deno.makeTempDirSync({ prefix: "tasker-bench-" });
const store = openStore(`${folder}/tasker.db`);
for (const [name, source] of Object.entries(TASKS)) {
  store.taskFunctions.publish({
    name,
    source,
    filename: `${name}.js`,
    hash: name,
    manifest: { ...LEGACY_MANIFEST, services: ["outside"] },
  }, { embedded: false, now: Date.now() });
}

function open(): Host {
  const epoch = store.db.transaction(() => store.owner.take(Deno.pid, Date.now()));
  return openHost({
    store,
    clock: systemClock,
    services: { get: () => NOTHING },
    epoch,
    port: 0,
    lanes: 32,
    reveal: (json) => json,
    version: "bench",
  });
}

async function run(host: Host, taskName: string, input: Json): Promise<void> {
  const { taskRunId } = await host.engine.submit({ taskName, input });
  await new Promise<void>((resolve) => {
    const look = () => {
      if (!isRunEnded(store.taskRuns.statusOf(taskRunId)!)) return;
      stop();
      resolve();
    };
    const stop = host.engine.watch(taskRunId, look);
    look();
  });
}

async function timed(work: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1000;
}

/** Holds a finished-but-for-its-last-call run, drops the engine, and times the replay in a new one. */
async function replay(calls: number): Promise<number> {
  const first = open();
  first.start(false);
  await run(first, "sequential", { calls });
  await first.stop();
  const row = store.taskRuns.newest({ limit: 1 })[0]!;
  store.db.exec(
    `UPDATE task_runs SET status = 'running', result = NULL, ended_at = NULL WHERE run = ${row.run};
    UPDATE stack_runs SET status = 'pending_resume', result = NULL, ended_at = NULL WHERE id = ${row.rootFrame}`,
  );
  const second = open();
  const seconds = await timed(async () => {
    second.start(false);
    await new Promise<void>((resolve) => {
      const stop = second.engine.watch(row.id, () => {
        if (!isRunEnded(store.taskRuns.statusOf(row.id)!)) return;
        stop();
        resolve();
      });
    });
  });
  await second.stop();
  return seconds;
}

const [workload = "sequential", count = "1000"] = Deno.args;
const calls = Number(count);
let seconds: number;
if (workload === "replay") {
  seconds = await replay(calls);
} else {
  const host = open();
  host.start(false);
  // Warm: the version's Worker, the JIT, the loopback connection.
  await run(host, "sequential", { calls: 200 });
  seconds = await timed(
    workload === "runs"
      ? async () => {
        await Promise.all(Array.from({ length: calls }, () => run(host, "sequential", { calls: 5 })));
      }
      : () => run(host, workload, { calls }),
  );
  await host.stop();
}
store.close();
Deno.removeSync(folder, { recursive: true });
console.log(
  JSON.stringify({
    perSecond: calls / seconds,
    seconds,
    peakMiB: peakMemory(),
  }),
);
