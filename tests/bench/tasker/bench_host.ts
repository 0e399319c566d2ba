import { systemClock } from "../../../src/core/clock.ts";
import type { Json } from "../../../src/core/json.ts";
import { LEGACY_MANIFEST } from "../../../src/core/manifest.ts";
import { isRunEnded } from "../../../src/core/states.ts";
import { type Host, openHost } from "../../../src/server/host.ts";
import type { Outcome, Service, ServiceCall } from "../../../src/services/contract.ts";
import { createTimerService } from "../../../src/services/timer.ts";
import type { Store } from "../../../src/store/store.ts";
import type { TaskRun } from "../../../src/store/task_runs.ts";

/** An outside service whose calls give back their argument at once; those of the method `never` are not answered. */
export class OutsideService implements Service {
  readonly name = "outside";
  readonly local = false;
  /** Sees every call before it is answered; says whether it is not to be answered. */
  arrived: (argument: Json) => boolean | void = () => {};

  traits() {
    return { repeatable: true, timeout: Infinity };
  }

  call({ method, args, signal }: ServiceCall): Promise<Outcome> | Outcome {
    const value = args[0] ?? null;
    if (this.arrived(value) !== true && method !== "never") return { type: "result", value };
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  }
}

/** Every call gives back its argument; a run's result is their sum. */
const TASKS = {
  sequential: `module.exports = async ({ calls }) => {
    let sum = 0;
    for (let i = 0; i < calls; i++) sum += await tools.outside.nothing(i);
    return sum;
  }`,
  parallel: `module.exports = async ({ calls }) => {
    const values = await Promise.all(Array.from({ length: calls }, (_, i) => tools.outside.nothing(i)));
    return values.reduce((sum, value) => sum + value, 0);
  }`,
  unanswered: `module.exports = async () => await tools.outside.never();`,
  sleeping: `module.exports = async () => await tools.timer.sleep(24 * 3600 * 1000);`,
};
export type TaskName = keyof typeof TASKS;

/** The whole engine and server as `tasker serve` has them, on a file of its own, with the outside service. */
export interface BenchHost extends Host {
  readonly outside: OutsideService;
  /** Submits a run and waits for its end: its result. Throws when it did not complete. */
  run(taskName: TaskName, input: Json): Promise<Json>;
  /** Settles when the run has ended. Throws when it did not complete. */
  ended(id: string): Promise<TaskRun>;
}

export function publishBenchTasks(store: Store): void {
  for (const [name, source] of Object.entries(TASKS)) {
    const manifest = { ...LEGACY_MANIFEST, services: ["outside", "timer"] };
    const code = { name, source, filename: `${name}.js`, hash: `bench-${name}`, manifest };
    store.taskFunctions.publish(code, { embedded: false, now: Date.now() });
  }
}

/** Takes the file over; `start()` is the caller's. */
export function openBenchHost(store: Store): BenchHost {
  const outside = new OutsideService();
  const timer = createTimerService({ clock: systemClock });
  const epoch = store.db.transaction(() => store.owner.take(Deno.pid, Date.now()));
  const host = openHost({
    store,
    clock: systemClock,
    services: { get: (name) => name === "timer" ? timer : outside },
    epoch,
    audit: { owner: "bench", isReasonRequired: () => false },
    port: 0,
    lanes: 32,
    reveal: (json) => json,
    version: "bench",
  });
  const ended = async (id: string) => {
    await new Promise<void>((resolve) => {
      const look = () => {
        if (!isRunEnded(store.taskRuns.statusOf(id)!)) return;
        stop();
        resolve();
      };
      const stop = host.engine.watch(id, (isAtRest) => isAtRest && look());
      look();
    });
    const row = store.taskRuns.byId(id)!;
    if (row.status !== "completed") throw new Error(`run ${id} is ${row.status}: ${row.error}`);
    return row;
  };
  return {
    ...host,
    outside,
    ended,
    async run(taskName, input) {
      const { taskRunId } = await host.engine.submit({ taskName, input });
      return JSON.parse((await ended(taskRunId)).result!) as Json;
    },
  };
}
