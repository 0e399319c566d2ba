import type { Budget } from "../core/budget.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import { type SerializedError, TaskerError } from "../core/errors.ts";
import { frameId } from "../core/ids.ts";
import type { Json } from "../core/json.ts";
import { LEGACY_MANIFEST, type Manifest } from "../core/manifest.ts";
import type { CallPatterns, PolicyEffect } from "../core/policy.ts";
import { isRunEnded } from "../core/states.ts";
import { Executor, type ExecutorOptions } from "../executor/executor.ts";
import type { Intent, MethodTraits, Outcome, Service, ServiceCall } from "../services/contract.ts";
import { use } from "../services/outgoing.ts";
import type { StackRun } from "../store/stack_runs.ts";
import { createLogService } from "../services/log.ts";
import { createRecordsService } from "../services/records.ts";
import { createRunService } from "../services/run.ts";
import { createSignalsService } from "../services/signals.ts";
import { createTasksService } from "../services/tasks.ts";
import { createTimerService } from "../services/timer.ts";
import { openStore, type Store } from "../store/store.ts";
import type { TaskRun } from "../store/task_runs.ts";
import { Engine } from "./engine.ts";

/**
 * For tests: an outside service that answers as the test says and keeps what it was asked. Paused, it answers a call only
 * when the test releases its key, the call's first argument.
 */
export class OutsideService implements Service {
  readonly name = "outside";
  readonly local = false;
  readonly calls: ServiceCall[] = [];
  /** By default it gives back the first argument. */
  answer: (call: ServiceCall) => Promise<Outcome> | Outcome = (call) => ({
    type: "result",
    value: call.args[0] ?? null,
  });
  traitsOf: (method: string) => MethodTraits = () => ({ repeatable: true });
  /** Whether a method changes something: by its name. */
  writesIn: (method: string) => boolean = (method) => method === "write";
  concurrency = Infinity;
  /** What each attempt uses; undefined: it does not leave the machine. */
  usageOf: (call: ServiceCall) => { units: number; bytes: number } | undefined = () => undefined;
  #waiting: { key: string; resolve: (outcome: Promise<Outcome> | Outcome) => void }[] = [];
  readonly #orphans: ((outcome: Outcome) => void)[] = [];
  readonly #arrivals = new Set<() => void>();
  #paused = false;

  traits(call: Pick<ServiceCall, "method">): MethodTraits {
    return this.traitsOf(call.method);
  }

  limit(call: Pick<ServiceCall, "args">): { key: string; concurrency: number } | undefined {
    return this.concurrency === Infinity
      ? undefined
      : { key: `outside ${call.args[0]}`, concurrency: this.concurrency };
  }

  intent({ method, args }: Pick<ServiceCall, "method" | "args">): Intent {
    return { method, writes: this.writesIn(method), facts: { key: args[0] ?? null } };
  }

  units(): number {
    return 5;
  }

  /** Sees every call before it is answered. */
  arrivedCall: (call: ServiceCall) => void = () => {};

  call(call: ServiceCall): Promise<Outcome> | Outcome {
    this.calls.push(call);
    const usage = this.usageOf(call);
    if (usage !== undefined) use("outside.example", usage);
    this.arrivedCall(call);
    if (!this.#paused) return this.answer(call);
    return new Promise((resolve, reject) => {
      const entry = { key: String(call.args[0]), resolve };
      this.#waiting.push(entry);
      call.signal.addEventListener("abort", () => {
        this.#waiting = this.#waiting.filter((other) => other !== entry);
        reject(call.signal.reason);
      });
      for (const arrival of [...this.#arrivals]) arrival();
    });
  }

  /** From now on calls wait for `release`. */
  pause(): void {
    this.#paused = true;
  }

  /** Settles when calls with all of these keys wait. */
  arrived(...keys: string[]): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!keys.every((key) => this.waiting.includes(key))) return;
        this.#arrivals.delete(look);
        resolve();
      };
      this.#arrivals.add(look);
      look();
    });
  }

  /** Settles when the next call has come to wait. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      const arrival = () => {
        this.#arrivals.delete(arrival);
        resolve();
      };
      this.#arrivals.add(arrival);
    });
  }

  /** Keys of the calls that wait, in order of arrival. */
  get waiting(): string[] {
    return this.#waiting.map((entry) => entry.key);
  }

  /** Answers the call that has waited longest with this key. */
  release(key: string, outcome: Promise<Outcome> | Outcome = { type: "result", value: key }): void {
    const entry = this.#waiting.find((waiting) => waiting.key === key);
    if (entry === undefined) throw new Error(`no call with the key ${key} waits`);
    this.#waiting = this.#waiting.filter((other) => other !== entry);
    entry.resolve(outcome);
  }

  /** Answers everything that waits, what dead owners asked included, and everything from now on. */
  unpause(): void {
    this.#paused = false;
    for (const key of this.waiting) this.release(key);
    for (const answer of this.#orphans.splice(0)) answer({ type: "result", value: "too late" });
  }

  /** The owner has died: nobody waits for its calls any more. */
  orphan(): void {
    this.#orphans.push(...this.#waiting.map((entry) => entry.resolve));
    this.#waiting = [];
  }

  /** What was asked with a key. */
  asked(key: Json): ServiceCall[] {
    return this.calls.filter((call) => call.args[0] === key);
  }
}

export interface RigOptions {
  readonly clock?: Clock;
  readonly services?: readonly Service[];
  readonly lanes?: number;
  readonly maxRealms?: number;
  readonly longestWait?: number;
  readonly executor?: Partial<ExecutorOptions>;
  readonly path?: string;
}

/** For tests: an engine on a database file of its own. `takeOver()` starts another owner, as after a death. */
export class Rig implements AsyncDisposable {
  readonly folder: string;
  readonly path: string;
  readonly outside = new OutsideService();
  /** Of all owners. */
  readonly audit = { owner: "rig@test", isReasonRequired: () => false };
  store: Store;
  engine!: Engine;
  /** How the engine is asked for its next step. */
  nudge: (engine: Engine) => void = (engine) => queueMicrotask(() => engine.step());
  readonly #options: RigOptions;
  #executors: Executor[] = [];
  #engines: Engine[] = [];
  #stores: Store[] = [];
  readonly #watches = new Set<() => void>();

  constructor(options: RigOptions = {}) {
    this.#options = options;
    this.folder = Deno.makeTempDirSync({ prefix: "tasker-rig-" });
    this.path = options.path ?? `${this.folder}/tasker.db`;
    this.store = openStore(this.path);
  }

  /** Stores a task function whose CommonJS source is given. */
  publish(name: string, source: string, manifest: Partial<Manifest> = {}): void {
    const services = [...LEGACY_MANIFEST.services, "outside"];
    this.store.taskFunctions.publish({
      name,
      source,
      filename: `${name}.js`,
      hash: `${name}-${source.length}-${Math.random()}`,
      manifest: { ...LEGACY_MANIFEST, services, ...manifest },
    }, { embedded: false, now: 0 });
  }

  /** Starts an owner; the one before, if any, is dead from its next write on. */
  takeOver(): Engine {
    const { clock = systemClock, services = [], lanes = 32, maxRealms = 1_000 } = this.#options;
    this.outside.orphan();
    const executor = new Executor({ clock: systemClock, ...this.#options.executor });
    const local = [
      createRecordsService(),
      createLogService(),
      createRunService(),
      createTasksService(),
      createSignalsService(),
    ];
    const all = [this.outside, ...local, createTimerService({ clock }), ...services];
    const known = new Map<string, Service>(all.map((one) => [one.name, one]));
    const { atWork } = this.store.owner.read();
    const epoch = this.store.db.transaction(() => this.store.owner.take(Deno.pid, clock.now()));
    const engine = new Engine({
      store: this.store,
      clock,
      executor,
      services: {
        get: (name) => {
          const service = known.get(name);
          if (service === undefined) throw new TaskerError("SERVICE_UNKNOWN", `there is no service "${name}"`);
          return service;
        },
      },
      epoch,
      audit: this.audit,
      ...(this.#options.longestWait === undefined ? {} : { longestWait: this.#options.longestWait }),
      nudge: () => this.nudge(engine),
      random: () => 0.5,
      lanes,
      maxRealms,
      reveal: (json) => json,
    });
    this.#executors.push(executor);
    this.#engines.push(engine);
    this.engine = engine;
    for (const watch of this.#watches) watch();
    engine.start(atWork);
    return engine;
  }

  /** Opens the file anew, as another process does, for the next owner. */
  reopen(): void {
    this.#stores.push(this.store);
    this.store = openStore(this.path);
  }

  /** Submits a run and gives its id. */
  async submit(taskName: string, input: Json = {}): Promise<string> {
    return (await this.engine.submit({ taskName, input })).taskRunId;
  }

  /** Adds a rule for outgoing calls as another process does; the engine hears of it with its next step. */
  addRule(effect: PolicyEffect, patterns: Partial<CallPatterns> = {}): number {
    const { db, owner, policy } = this.store;
    const all = { task: "*", service: "*", method: "*", where: [] };
    return db.transaction(() => {
      const id = owner.raiseRules();
      policy.add({ id, effect, ...all, ...patterns, addedAt: 0, addedBy: "rig@test" }, undefined);
      return id;
    });
  }

  /** Sets a budget as another process does; by default it counts calls of all tasks per run. Unless it `goesOn`, it counts anew. */
  setBudget(budget: Partial<Budget> & Pick<Budget, "name" | "limit">, options: { goesOn?: boolean } = {}): void {
    const { db, owner, budgets } = this.store;
    const all = { task: "*", service: "*", method: "*", where: [] };
    const usual = { measure: "calls", per: "run", timeZone: "UTC", pricePerCall: 0, pricePerUnit: 0 } as const;
    db.transaction(() => {
      const change = owner.raiseRules();
      const id = options.goesOn ? budgets.all().find(({ name }) => name === budget.name)!.id : change;
      budgets.set({ ...all, ...usual, ...budget, id, setAt: 0, setBy: "rig@test" });
    });
  }

  /** Removes a budget as another process does. */
  removeBudget(name: string): void {
    const { db, owner, budgets } = this.store;
    db.transaction(() => {
      owner.raiseRules();
      budgets.remove(name);
    });
  }

  /** What is spent of a budget in a day, or in a run. */
  spent(name: string, span: string): number {
    const { id } = this.store.budgets.all().find((budget) => budget.name === name)!;
    return this.store.budgets.spending(id, span).spent;
  }

  /** Settles when so many calls of a run wait for room in budgets. */
  overBudget(id: string, count = 1): Promise<unknown> {
    return this.until(
      id,
      () => this.frames(id).filter(({ blocked }) => blocked?.startsWith("budget ")).length === count,
    );
  }

  /** Ids of the calls that wait for a person, when at least so many do. */
  asked(id: string, count = 1): Promise<string[]> {
    const asked = () => this.store.gates.askedOf(this.row(id).run, 100).map(({ seq }) => frameId(id, seq));
    return this.until(id, () => asked().length >= count).then(asked);
  }

  row(id: string): TaskRun {
    return this.store.taskRuns.byId(id)!;
  }

  /** Settles when the run satisfies `is`: looked at after every commit that touches it, of every owner. */
  until(id: string, is: (run: TaskRun) => boolean): Promise<TaskRun> {
    return new Promise((resolve) => {
      const look = () => {
        const row = this.row(id);
        if (!is(row)) return;
        stop();
        this.#watches.delete(watch);
        resolve(row);
      };
      let stop = () => {};
      const watch = () => {
        stop();
        stop = this.engine.watch(id, look);
      };
      this.#watches.add(watch);
      watch();
      look();
    });
  }

  ended(id: string): Promise<TaskRun> {
    return this.until(id, (run) => isRunEnded(run.status));
  }

  /** Runs a task to its end and gives its result; throws what it failed with. */
  async run(taskName: string, input: Json = {}): Promise<Json> {
    return await this.result(await this.submit(taskName, input));
  }

  /** The result of a run, when it has ended; throws what it failed with. */
  async result(id: string): Promise<Json> {
    const row = await this.ended(id);
    if (row.status !== "completed") throw new Error(`${row.status}: ${row.error}`);
    return JSON.parse(row.result!) as Json;
  }

  /** The error a run ends with. */
  async failure(taskName: string, input: Json = {}): Promise<SerializedError> {
    const row = await this.ended(await this.submit(taskName, input));
    if (row.status !== "failed") throw new Error(`the run is ${row.status} with ${row.result}`);
    return JSON.parse(row.error!) as SerializedError;
  }

  /** Realms that are there, of all owners. */
  realms(): number {
    return this.#executors.reduce((sum, executor) => sum + executor.stats().realms, 0);
  }

  /** The calls of a run as its journal has them. */
  frames(id: string): StackRun[] {
    return this.store.stackRuns.page({ run: this.row(id).run, after: 0, limit: 10_000 });
  }

  /** The lines of a run's log. */
  logs(id: string): string[] {
    return this.store.logs.page({ run: this.row(id).run, after: 0, limit: 10_000 }).map((entry) => entry.text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.outside.unpause();
    for (const engine of this.#engines) await engine.stop();
    for (const executor of this.#executors) await executor.stop();
    for (const store of [...this.#stores, this.store]) store.close();
    Deno.removeSync(this.folder, { recursive: true });
  }
}
