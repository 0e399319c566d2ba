import type { Clock } from "../../src/core/clock.ts";
import type { Json, JsonObject } from "../../src/core/json.ts";
import { LEGACY_MANIFEST } from "../../src/core/manifest.ts";
import { isRunEnded } from "../../src/core/states.ts";
import type { Addition } from "../../src/engine/schedules.ts";
import type { Service } from "../../src/services/contract.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import type { TaskRun } from "../../src/store/task_runs.ts";
import { Agenda } from "./agenda.ts";
import { memoryFolder } from "./memory_folder.ts";
import { OwnerProcess } from "./owner_process.ts";
import { settled } from "./realm_turn.ts";
import { SimulatedClock } from "./simulated_clock.ts";

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/**
 * Days of operation in a moment: an owner of a file, whose clock goes on to the next timer whenever nothing moves. Calls
 * that leave the process take the time that they take, and no time of the clock.
 */
export class Days implements Disposable {
  readonly clock = new SimulatedClock();
  readonly store: Store;
  readonly folder = Deno.makeTempDirSync({ prefix: "tasker-days-", ...memoryFolder() });
  /** The longest time that an owner let pass without looking at the wall clock, ms. */
  longestNap = 0;
  /** The most timers at one moment. */
  mostTimers = 0;
  readonly #agenda = new Agenda();
  readonly #inFlight = new Set<Promise<unknown>>();
  readonly #outside: (clock: Clock) => readonly Service[];
  #owner: OwnerProcess | undefined;
  #owners = 0;

  constructor({ outside }: { outside: (clock: Clock) => readonly Service[] }) {
    this.#outside = outside;
    this.store = openStore(`${this.folder}/tasker.db`);
    this.#start();
  }

  get owner(): OwnerProcess {
    return this.#owner!;
  }

  publish(name: string, source: string, services: readonly string[] = [], input: JsonObject = {}): void {
    const manifest = { ...LEGACY_MANIFEST, input, services: [...LEGACY_MANIFEST.services, ...services] };
    this.store.taskFunctions.publish({ name, source, filename: `${name}.js`, hash: source, manifest }, {
      embedded: false,
      now: this.clock.now(),
    });
  }

  async submit(taskName: string, input: Json = {}): Promise<string> {
    let id: string | undefined;
    const submitted = this.owner.engine.submit({ taskName, input }).then(({ taskRunId }) => id = taskRunId);
    await Promise.race([submitted, this.until(() => id !== undefined)]);
    return await submitted;
  }

  /** Adds a schedule on the clocks of UTC; gives its id. */
  async schedule(taskName: string, pattern: string, more: Partial<Addition> = {}): Promise<string> {
    const id = crypto.randomUUID();
    await this.owner.engine.schedules.add({
      ...{ id, taskName, pattern, input: {}, timeZone: "UTC", catchUp: "one" },
      ...more,
    });
    return id;
  }

  row(id: string): TaskRun {
    return this.store.taskRuns.byId(id)!;
  }

  hasEnded(id: string): boolean {
    return isRunEnded(this.row(id).status);
  }

  /** The result of a run that has to complete. */
  async result(id: string): Promise<Json> {
    await this.until(() => this.hasEnded(id));
    const { status, result, error } = this.row(id);
    if (status !== "completed") throw new Error(`${status}: ${error}`);
    return JSON.parse(result!) as Json;
  }

  /** Lets time pass for so long, give or take a nap. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.elapsed + ms;
    await this.until(() => (this.clock.next ?? Infinity) > end && this.#agenda.size + this.#inFlight.size === 0);
  }

  /** Lets everything happen, and time pass, until something is so. */
  async until(isSo: () => boolean): Promise<void> {
    for (;;) {
      await settled();
      if (isSo()) return;
      if (this.#agenda.size > 0) await this.#agenda.take(undefined).happen();
      else if (this.#inFlight.size > 0) await Promise.race(this.#inFlight);
      else this.#nap();
    }
  }

  /** The owner is killed; another takes the file up at once. */
  kill(): void {
    this.#forget();
    this.#start();
  }

  /** The owner ends in order; another takes the file up after a while. */
  async restartAfter(ms: number): Promise<void> {
    let isStopped = false;
    void this.owner.stop().then(() => isStopped = true);
    await this.until(() => isStopped);
    this.#forget();
    let isOver = false;
    this.clock.of(this).after(ms, () => isOver = true);
    await this.until(() => isOver);
    this.#start();
  }

  [Symbol.dispose](): void {
    this.store.close();
    Deno.removeSync(this.folder, { recursive: true });
  }

  #nap(): void {
    const { clock } = this;
    if (clock.next === undefined) throw new Error("nothing will ever happen");
    if (this.#owner !== undefined) {
      this.longestNap = Math.max(this.longestNap, clock.next - clock.elapsed);
      this.mostTimers = Math.max(this.mostTimers, clock.timers);
    }
    clock.fireNext();
  }

  #forget(): void {
    this.#agenda.forget(this.owner);
    this.clock.forget(this.owner);
    this.#owner = undefined;
  }

  #start(): void {
    this.#owner = new OwnerProcess({
      number: ++this.#owners,
      store: this.store,
      clock: this.clock,
      outside: (_owner, clock) => this.#outside(clock).map((service) => this.#watched(service)),
      lanes: 32,
      maxRealms: 1_000,
      random: () => 0.5,
      soon: (owner, what, happen) => this.#agenda.add({ what, owner, happen }),
      losesNudge: () => false,
      committed() {},
      died() {},
    });
  }

  /** Knows when calls of a service are on their way. */
  #watched(service: Service): Service {
    const watched: Service = {
      name: service.name,
      local: service.local,
      traits: (call) => service.traits(call),
      limit: (call) => service.limit?.(call),
      call: async (call) => {
        const answer = (async () => await service.call(call))();
        const over = answer.then(() => {}, () => {});
        this.#inFlight.add(over);
        void over.then(() => this.#inFlight.delete(over));
        return await answer;
      },
    };
    return watched;
  }
}
