import { TaskerError } from "../core/errors.ts";
import type { TaskCode } from "../core/manifest.ts";
import {
  type Delivery,
  type Load,
  readFromIsolate,
  type RunStart,
  type ToIsolate,
  type TurnReport,
  writeToIsolate,
} from "./messages.ts";
import { readReport } from "./read_report.ts";
import type { StallWatch } from "./stall_watch.ts";

/** One realm as the host knows it. */
interface HostedRun {
  /** Highest `seq` that the run has issued. */
  issued: number;
  /** Issued and not yet delivered. */
  readonly open: Set<number>;
  /** Delivered before they were issued: a replay's batch answers calls that its earlier deliveries cause. */
  readonly ahead: Set<number>;
  lines: number;
  /** The task function has ended, well or not. */
  ended: boolean;
}

/** A request that the Worker owes an answer to. `load` has no run. */
interface Owed {
  readonly runId: string | undefined;
  readonly run: HostedRun | undefined;
  readonly turns: number;
  /** Time that the process had lost when the request was sent, ms. */
  readonly lostBefore: number;
  resolve(report: TurnReport): void;
  reject(error: TaskerError): void;
}

export interface IsolateOptions {
  readonly code: TaskCode;
  readonly tickTimeout: number;
  readonly watch: StallWatch;
  /** As `openWorker` gives it; it is the isolate's from now on. */
  readonly worker: Worker;
  /** A realm has gone, or the isolate with all of them. */
  readonly onChange: (isolate: Isolate) => void;
}

/** A Worker that loads what runs inside it, and waits for the code that it is for. */
export function openWorker(entry = new URL("./worker_entry.ts", import.meta.url)): Worker {
  return new Worker(entry, { type: "module", deno: { permissions: "none" } });
}

/**
 * One Worker, seen from the host: bound to one version of one task function and to the runs started in it. It answers
 * requests strictly in their order; whatever else it says is taken as a forgery and ends it.
 */
export class Isolate {
  readonly #code: TaskCode;
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #watch: StallWatch;
  readonly #onChange: (isolate: Isolate) => void;
  readonly #runs = new Map<string, HostedRun>();
  /** In the order sent; the first one is what the Worker is busy with. */
  readonly #owed: Owed[] = [];
  #answered = 0;
  readonly #at = new Int32Array(new SharedArrayBuffer(4));
  #ended: TaskerError | undefined;

  constructor(options: IsolateOptions) {
    this.#code = options.code;
    this.#watch = options.watch;
    this.#onChange = options.onChange;
    this.#worker = options.worker;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#port.onmessage = (event) => this.#receive(event.data);
    this.#port.onmessageerror = () => this.#forged();
    // What is said beside the port is no message of ours.
    this.#worker.onmessage = this.#worker.onmessageerror = () => this.#forged();
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.end(this.#lost(`ended by itself: ${event.message}`));
    };
    const { source, filename } = options.code;
    const load = { source, filename, tickTimeout: options.tickTimeout, at: this.#at };
    this.#worker.postMessage({ load, port: port2 } satisfies Load, [port2]);
    // A failed load shows itself in the requests that wait behind it.
    this.#owe(undefined, undefined, 0).catch(() => {});
  }

  /** Runs whose realm is here. */
  get size(): number {
    return this.#runs.size;
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** Makes the run's realm and runs its first turn. */
  start(run: RunStart): Promise<TurnReport> {
    if (this.#runs.has(run.runId)) {
      throw new TaskerError("INTERNAL", `Run ${run.runId} already has a realm.`, { hint: "Drop it first." });
    }
    const hosted: HostedRun = { issued: 0, open: new Set(), ahead: new Set(), lines: 0, ended: false };
    this.#runs.set(run.runId, hosted);
    return this.#ask(run.runId, hosted, 1, { type: "start", run });
  }

  /** `taken`: the deliveries had their turns before; together they are one turn now. */
  async deliver(runId: string, deliveries: readonly Delivery[], taken = false): Promise<TurnReport> {
    if (this.#ended !== undefined) throw this.#ended;
    const run = this.#runs.get(runId);
    if (run === undefined) {
      throw new TaskerError("ISOLATE_LOST", `Run ${runId} of ${this.#code.name} has no realm any more.`, {
        hint: "Start it again and replay its deliveries.",
      });
    }
    for (const { seq } of deliveries) {
      if (run.open.delete(seq)) continue;
      if (seq > run.issued && !run.ahead.has(seq)) {
        run.ahead.add(seq);
        continue;
      }
      throw new TaskerError("INTERNAL", `Call ${seq} of run ${runId} is not open, so nothing can be delivered to it.`);
    }
    if (deliveries.length === 0) return { turns: [] };
    return await this.#ask(runId, run, taken ? 1 : deliveries.length, { type: "deliver", runId, deliveries, taken });
  }

  /** Ends a realm; a request it still owes an answer to is answered first, by the realm or by the watch. */
  drop(runId: string): void {
    if (!this.#runs.has(runId)) return;
    this.#runs.delete(runId);
    this.#post({ type: "drop", runId });
    this.#onChange(this);
  }

  /** The Worker has been silent for too long: the run whose turn it was is charged, the others are not. */
  abandon(): void {
    const [culprit] = this.#owed.splice(Math.max(0, this.#at[0]! - this.#answered), 1);
    if (culprit !== undefined) culprit.reject(this.#stalled(culprit.runId));
    this.end(this.#lost("was stuck and has been given up"));
  }

  /** Ends the Worker. Whatever is still owed is rejected with `reason`. */
  end(reason: TaskerError = this.#lost("was ended")): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#worker.terminate();
    this.#port.close();
    this.#watch.forget(this);
    this.#runs.clear();
    for (const owed of this.#owed.splice(0)) owed.reject(reason);
    this.#onChange(this);
  }

  #ask(runId: string, run: HostedRun, turns: number, message: ToIsolate): Promise<TurnReport> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    this.#post(message);
    return this.#owe(runId, run, turns);
  }

  #owe(runId: string | undefined, run: HostedRun | undefined, turns: number): Promise<TurnReport> {
    return new Promise((resolve, reject) => {
      this.#owed.push({ runId, run, turns, lostBefore: this.#watch.lost(), resolve, reject });
      if (this.#owed.length === 1) this.#watch.expect(this);
    });
  }

  #post(message: ToIsolate): void {
    if (this.#ended === undefined) this.#port.postMessage(writeToIsolate(message));
  }

  #receive(data: unknown): void {
    if (this.#ended !== undefined) return;
    const owed = this.#owed[0];
    const message = readFromIsolate(data);
    if (owed === undefined || message === undefined) return this.#forged();
    if (message.type === "ready" ? owed.runId !== undefined : owed.runId === undefined) return this.#forged();
    if (message.type !== "ready" && message.runId !== owed.runId) return this.#forged();
    switch (message.type) {
      case "ready":
        this.#settle(owed);
        return owed.resolve({ turns: [] });
      case "progress":
        return this.#watch.expect(this);
      case "report":
        return this.#report(owed, message.json);
      case "gone":
        if (this.#runs.get(owed.runId!) === owed.run) return this.#forged();
        this.#settle(owed);
        return owed.run!.ended ? owed.resolve({ turns: [] }) : owed.reject(this.#lost("no longer had the run's realm"));
      case "stalled":
        this.#settle(owed);
        if (this.#runs.get(owed.runId!) === owed.run) this.#runs.delete(owed.runId!);
        owed.reject(
          this.#watch.lost() > owed.lostBefore
            ? this.#lost("ran out of time while the machine was not running")
            : this.#stalled(owed.runId),
        );
        return this.#onChange(this);
      default:
        return this.#forged();
    }
  }

  #report(owed: Owed, json: unknown): void {
    const run = owed.run!;
    const report = readReport(json, { issued: run.issued, lines: run.lines, turns: owed.turns });
    if (report === undefined) return this.#forged();
    this.#settle(owed);
    if (this.#runs.get(owed.runId!) !== run) return owed.reject(this.#lost("was told to drop the run"));
    for (const turn of report.turns) {
      for (const call of turn.calls) {
        if (!run.ahead.delete(call.seq)) run.open.add(call.seq);
      }
      run.issued += turn.calls.length;
      run.lines += turn.logs.length;
    }
    owed.resolve(report);
    if (report.outcome === undefined) return;
    run.ended = true;
    this.#runs.delete(owed.runId!);
    this.#onChange(this);
  }

  /** Takes the first owed answer off; the watch goes on with the next one. */
  #settle(owed: Owed): void {
    if (this.#owed.shift() !== owed) throw new Error("answers are taken in order");
    this.#answered++;
    if (this.#owed.length > 0) this.#watch.expect(this);
    else this.#watch.forget(this);
  }

  /** Something spoke on this port that is not our code: end it, and fail the run whose turn it was. */
  #forged(): void {
    const owed = this.#owed.shift();
    if (owed?.runId !== undefined) {
      const message = `${this.#code.filename} made its isolate send what no isolate sends; it was ended.`;
      const hint = "The task's code tampers with its runtime: look at what it does before running it again.";
      const error = { name: "TaskerError", code: "TASK_FAILED", message, hint };
      owed.resolve({ turns: [{ calls: [], logs: [] }], outcome: { type: "failed", error } });
    } else {
      owed?.reject(this.#lost("sent what no isolate sends"));
    }
    this.end(this.#lost("sent what no isolate sends, and was ended"));
  }

  #stalled(runId: string | undefined): TaskerError {
    const what = runId === undefined ? "could not be loaded in time" : "computed for too long without a call";
    return new TaskerError("TASK_STALLED", `Task ${this.#code.name} (${this.#code.filename}) ${what}.`, {
      hint: "Look for an endless loop, or split long computations with calls in between.",
    });
  }

  #lost(what: string): TaskerError {
    return new TaskerError("ISOLATE_LOST", `The isolate of task ${this.#code.name} ${what}.`, {
      hint: "The run itself is unharmed: start it again and replay its deliveries.",
    });
  }
}
