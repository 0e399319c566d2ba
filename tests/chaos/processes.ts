import { type Ended, Running } from "../acceptance/running.ts";
import type { Place } from "../acceptance/tasker.ts";
import { exitFault } from "./exit_fault.ts";
import type { Findings } from "./findings.ts";

/** What a tasker process is for. */
export type Purpose = "serve" | "run" | "detached" | "resume" | "publish" | "schedule" | "budget";

export type Trouble = "full disk" | "frozen owner" | "cut" | "moved clock";

/** A tasker process that the driver has started. */
export class TaskerProcess {
  readonly purpose: Purpose;
  readonly running: Running;
  readonly startedAt = performance.now();
  /** Signals it was sent. */
  readonly signals = new Set<Deno.Signal>();
  /** What was wrong around it while it lived: it may have ended for that. */
  readonly troubles: Set<Trouble>;
  isFrozen = false;
  ended: Ended | undefined;

  constructor(purpose: Purpose, running: Running, troubles: Iterable<Trouble>) {
    this.purpose = purpose;
    this.running = running;
    this.troubles = new Set(troubles);
  }

  get pid(): number {
    return this.running.pid;
  }

  kill(signal: Deno.Signal): void {
    this.signals.add(signal);
    if (signal === "SIGSTOP") this.isFrozen = true;
    if (signal === "SIGCONT") this.isFrozen = false;
    this.running.kill(signal);
  }
}

/** Starts tasker processes, knows those that live, and judges how each one ends. */
export class Processes implements AsyncDisposable {
  readonly #place: Place;
  readonly #findings: Findings;
  readonly #environment: () => Record<string, string>;
  readonly #all = new Map<number, TaskerProcess>();
  readonly #endings: Promise<void>[] = [];
  readonly #troubles = new Set<Trouble>();
  #isOver = false;

  constructor(params: { place: Place; findings: Findings; environment: () => Record<string, string> }) {
    this.#place = params.place;
    this.#findings = params.findings;
    this.#environment = params.environment;
  }

  get all(): readonly TaskerProcess[] {
    return [...this.#all.values()];
  }

  get living(): readonly TaskerProcess[] {
    return [...this.#all.values()].filter(({ ended }) => ended === undefined);
  }

  byPid(pid: number): TaskerProcess | undefined {
    return this.#all.get(pid);
  }

  start(purpose: Purpose, args: readonly string[], options: { through?: readonly string[] } = {}): TaskerProcess {
    if (this.#isOver) throw new Error("it is over: nothing is started any more");
    const running = Running.start(this.#place, args, { env: this.#environment(), ...options });
    const process = new TaskerProcess(purpose, running, this.#troubles);
    this.#all.set(process.pid, process);
    this.#endings.push(this.#watch(process));
    return process;
  }

  /** Something is wrong around all that live or start until `work` has ended. */
  async inTrouble<T>(what: Trouble, work: () => Promise<T>): Promise<T> {
    for (const process of this.living) process.troubles.add(what);
    this.#troubles.add(what);
    try {
      return await work();
    } finally {
      this.#troubles.delete(what);
    }
  }

  /** Kills what lives and waits until every end has been judged. Nothing is started from now on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    for (const process of this.living) process.kill("SIGKILL");
    await Promise.all(this.#endings);
  }

  async #watch(process: TaskerProcess): Promise<void> {
    process.ended = await process.running.end();
    const fault = exitFault(process);
    if (fault !== undefined) this.#findings.report("processes", `${process.purpose} ${process.pid} ${fault}`);
  }
}
