import { type ErrorCode, TaskerError } from "../../src/core/errors.ts";
import type { Json } from "../../src/core/json.ts";
import { isRunEnded } from "../../src/core/states.ts";
import { Client, readAddress } from "../../src/server/client.ts";
import type { ErrandInput } from "./errand.ts";
import { wantedOf } from "./expectation.ts";
import type { Findings } from "./findings.ts";
import { type Meddling, type RunPlan, runPlan } from "./plan.ts";
import type { Processes, TaskerProcess } from "./processes.ts";
import type { Service } from "./service.ts";
import type { Witness } from "./witness.ts";

/** Runs at work at a time, of those submitted lately: what waits for a moved clock does not keep others out. */
const AT_WORK = 24;
const LATELY = 15_000;
/** Between two submissions, ms; and before something that failed is tried again. */
const PACE = 60;
const AGAIN = 200;
/** What an owner that has just ended, or is about to, may answer. */
const EXCUSES: ReadonlySet<ErrorCode> = new Set(["UNAVAILABLE", "UNAUTHORIZED", "DATABASE_UNUSABLE", "NOT_OWNER"]);
/** How long an answer may take, ms. */
const PATIENCE = 3_000;

/** Submits the planned runs one after another, and meddles with them as planned, whatever state the owner is in. */
export class Load {
  readonly #params: LoadParams;
  readonly #stopping = new AbortController();
  readonly #meddling = new Set<Promise<void>>();
  #submitting: Promise<void> | undefined;
  /** What was acknowledged: ids of runs with their names, and of those that were cancelled. */
  readonly submitted = new Map<string, string>();
  readonly cancelled = new Set<string>();
  /** Ids of signals, which are the keys of the steps that wait for them, with their runs. */
  readonly signalled = new Map<string, string>();
  /** Names whose runs were told to end before their end. */
  readonly mayBeCancelled = new Set<string>();
  readonly #submittedAt = new Map<string, number>();

  constructor(params: LoadParams) {
    this.#params = params;
  }

  start(): void {
    this.#submitting = this.#submitAll();
    this.#submitting.catch(() => {/* whoever stops it is told */});
  }

  /** Submits nothing more; what is held stays held. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#submitting;
    await Promise.all(this.#meddling);
  }

  /** A client of the owner of this moment. */
  client(): Client {
    const address = readAddress(this.#params.db);
    if (address === undefined) throw new TaskerError("UNAVAILABLE", "nobody owns the database");
    return new Client(address);
  }

  /** Starts a process that runs an errand of its own and follows it. */
  follow(name: string, steps: RunPlan["steps"]): TaskerProcess {
    return this.#params.processes.start("run", ["run", "errand", ...input({ name, steps }), "--json"]);
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #submitAll(): Promise<void> {
    for (let index = 0; !this.#isStopping; index++) {
      await this.#room();
      await this.#submit(runPlan(this.#params.seed, index));
      await pause(PACE);
    }
  }

  async #room(): Promise<void> {
    while (!this.#isStopping) {
      const since = performance.now() - LATELY;
      const open = this.#params.witness.glance().unfinished.filter(({ id }) =>
        (this.#submittedAt.get(id) ?? 0) > since
      );
      if (open.length < AT_WORK) return;
      await pause(AGAIN);
    }
  }

  async #submit({ name, steps, by, meddling }: RunPlan): Promise<void> {
    const { processes } = this.#params;
    if (by === "run") {
      const process = this.follow(name, steps);
      if (meddling.type === "interrupt") this.#later(meddling.after, () => process.kill("SIGINT"));
    } else if (by === "detached") {
      processes.start("detached", ["run", "errand", ...input({ name, steps }), "--detach"]);
    } else {
      await this.#submitOverHttp(name, steps, meddling);
    }
  }

  async #submitOverHttp(name: string, steps: RunPlan["steps"], meddling: Meddling): Promise<void> {
    // An attempt without an answer may have made a run all the same: the next one has a name of its own.
    for (let attempt = 0; !this.#isStopping; attempt++) {
      const own = attempt === 0 ? name : `${name}-${attempt}`;
      const input = { name: own, steps } as unknown as Json;
      const answer = await this.#ask((client) => client.submit({ taskName: "errand", input }));
      if (answer?.value !== undefined) {
        const id = answer.value.taskRunId;
        this.submitted.set(id, own);
        this.#submittedAt.set(id, performance.now());
        for (const key of signalKeys({ name: own, steps })) this.#later(PACE, () => this.#signal(id, key));
        return this.#meddle(id, own, meddling);
      }
      await pause(AGAIN);
    }
  }

  #meddle(id: string, name: string, meddling: Meddling): void {
    if (meddling.type === "cancel") this.#later(meddling.after, () => this.#cancel(id, name));
    if (meddling.type === "hold") this.#later(meddling.after, () => this.#hold(id, name, meddling.for));
  }

  async #cancel(id: string, name: string): Promise<void> {
    this.mayBeCancelled.add(name);
    const view = await this.#persist((client) => client.cancel(id));
    if (view !== undefined) this.cancelled.add(id);
  }

  /** Before its run waits for it or after, and again when no answer comes. */
  async #signal(id: string, key: string): Promise<void> {
    const signal = { id, name: key, data: { key }, signalId: key };
    const sent = await this.#persist((client) => client.signal(signal));
    if (sent !== undefined) this.signalled.set(key, id);
  }

  async #hold(id: string, name: string, ms: number): Promise<void> {
    const { service } = this.#params;
    const view = await this.#persist((client) => client.hold(id));
    if (view === undefined || isRunEnded(view.status)) return;
    if (view.status !== "held") this.#params.findings.report("word", `run ${id} was held and is ${view.status}`);
    service.isHeld(name);
    await pause(ms);
    if (this.#isStopping) return;
    service.goesOn(name);
    await this.#persist((client) => client.resume(id));
  }

  #later(ms: number, act: () => Promise<void> | void): void {
    const done = pause(ms).then(act).finally(() => this.#meddling.delete(done));
    this.#meddling.add(done);
    done.catch(() => {/* as above */});
  }

  /** Asks until it is answered; undefined when the run had ended before. */
  async #persist<T>(ask: (client: Client) => Promise<T>): Promise<T | undefined> {
    while (!this.#isStopping) {
      const answer = await this.#ask(ask);
      if (answer !== undefined) return answer.value;
      await pause(AGAIN);
    }
    return undefined;
  }

  /** Undefined when there was no answer: nobody there, or not in time. Without `value`, the run had ended. */
  async #ask<T>(ask: (client: Client) => Promise<T>): Promise<{ value?: T } | undefined> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<undefined>((resolve) => timer = setTimeout(() => resolve(undefined), PATIENCE));
    try {
      return await Promise.race([ask(this.client()).then((value) => ({ value })), late]);
    } catch (error) {
      const { code, message } = error as TaskerError;
      if (code === "CONFLICT") return {};
      if (!EXCUSES.has(code)) this.#params.findings.report("processes", `the owner answered ${code}: ${message}`);
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }
}

export interface LoadParams {
  readonly seed: number;
  readonly db: string;
  readonly service: Service;
  readonly witness: Witness;
  readonly processes: Processes;
  readonly findings: Findings;
}

function input(errand: ErrandInput): string[] {
  return ["--input", JSON.stringify(errand)];
}

/** Names of the signals that a run waits for itself. */
function signalKeys(run: { name: string; steps: RunPlan["steps"] }): string[] {
  return [...wantedOf(run, 0).values()].filter((wanted) => wanted.what === "signal" && wanted.run === run.name)
    .map(({ key }) => key);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
