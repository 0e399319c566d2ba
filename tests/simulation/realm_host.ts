import { TaskerError } from "../../src/core/errors.ts";
import type { TaskCode } from "../../src/core/manifest.ts";
import type { Executor, Realm as EngineRealm } from "../../src/executor/executor.ts";
import type { Delivery, RunStart, TurnReport } from "../../src/executor/messages.ts";
import { readReport } from "../../src/executor/read_report.ts";
import type { Realm } from "../../src/executor/realm.ts";
import { carryOut, makeRealm } from "./realm_turn.ts";

/** A run as an isolate hosts it. */
interface Hosted {
  readonly code: TaskCode;
  readonly start: RunStart;
  realm: Realm | undefined;
  issued: number;
  lines: number;
  ended: boolean;
}

interface Request {
  readonly hosted: Hosted;
  /** None for the realm's first turn. */
  readonly deliveries: readonly Delivery[];
  readonly taken: boolean;
  resolve(report: TurnReport): void;
  reject(error: Error): void;
}

/**
 * The engine's executor without threads: the realms are the real ones, in this thread, and when an isolate answers is a
 * matter of the agenda. As a Worker does, the isolate of a version answers its requests in their order.
 */
export class RealmHost implements Pick<Executor, "start" | "stats"> {
  readonly #runs = new Map<string, Hosted>();
  readonly #queues = new Map<string, Request[]>();
  readonly #soon: (what: string, happen: () => Promise<void>) => void;
  /** What becomes of the next request instead of an answer. */
  #trouble: "stall" | "loss" | undefined;

  constructor(soon: (what: string, happen: () => Promise<void>) => void) {
    this.#soon = soon;
  }

  /** The next request is not answered: its realm stalls, or its isolate is lost with all realms in it. */
  disturb(trouble: "stall" | "loss"): void {
    this.#trouble = trouble;
  }

  async start(code: TaskCode, start: RunStart): Promise<{ realm: EngineRealm; report: TurnReport }> {
    if (this.#runs.has(start.runId)) throw new Error(`run ${start.runId} has two realms`);
    const hosted: Hosted = { code, start, realm: undefined, issued: 0, lines: 0, ended: false };
    this.#runs.set(start.runId, hosted);
    const report = await this.#ask(hosted, [], false);
    const realm: EngineRealm = {
      runId: start.runId,
      deliver: async (deliveries, { taken } = { taken: false }) => {
        if (hosted.ended) return { turns: [] };
        if (this.#runs.get(start.runId) !== hosted) throw lost();
        return await this.#ask(hosted, deliveries, taken);
      },
      drop: () => this.#drop(hosted),
    };
    return { realm, report };
  }

  stats(): { isolates: number; realms: number } {
    return { isolates: this.#queues.size, realms: this.#runs.size };
  }

  #drop(hosted: Hosted): void {
    if (this.#runs.get(hosted.start.runId) === hosted) this.#runs.delete(hosted.start.runId);
  }

  #ask(hosted: Hosted, deliveries: readonly Delivery[], taken: boolean): Promise<TurnReport> {
    const { hash, name } = hosted.code;
    const queue = this.#queues.get(hash) ?? [];
    this.#queues.set(hash, queue);
    return new Promise((resolve, reject) => {
      queue.push({ hosted, deliveries, taken, resolve, reject });
      if (queue.length === 1) this.#soon(`isolate of ${name}`, () => this.#answer(queue));
    });
  }

  async #answer(queue: Request[]): Promise<void> {
    const request = queue[0]!;
    await this.#carryOut(request, queue);
    queue.shift();
    if (queue.length > 0) this.#soon(`isolate of ${queue[0]!.hosted.code.name}`, () => this.#answer(queue));
  }

  async #carryOut(request: Request, queue: Request[]): Promise<void> {
    const { hosted } = request;
    const trouble = this.#trouble;
    this.#trouble = undefined;
    if (trouble === "loss") {
      for (const each of queue.splice(1)) each.reject(lost());
      for (const each of this.#runs.values()) if (each.code.hash === hosted.code.hash) this.#drop(each);
    }
    if (this.#runs.get(hosted.start.runId) !== hosted) return request.reject(lost());
    if (trouble === "stall") {
      this.#drop(hosted);
      return request.reject(new TaskerError("TASK_STALLED", "the realm computed for too long"));
    }
    const report = await this.#turns(hosted, request);
    if (report.outcome !== undefined) {
      hosted.ended = true;
      this.#drop(hosted);
    }
    request.resolve(report);
  }

  async #turns(hosted: Hosted, { deliveries, taken }: Request): Promise<TurnReport> {
    hosted.realm ??= makeRealm(hosted.code, hosted.start);
    const json = await carryOut(hosted.realm, deliveries, taken);
    const { issued, lines } = hosted;
    const report = readReport(json, { issued, lines, turns: taken ? 1 : Math.max(1, deliveries.length) });
    if (report === undefined) throw new Error(`a realm reports what no realm reports: ${json}`);
    for (const turn of report.turns) {
      hosted.issued += turn.calls.length;
      hosted.lines += turn.logs.length;
    }
    return report;
  }
}

function lost(): TaskerError {
  return new TaskerError("ISOLATE_LOST", "the isolate no longer has the run's realm");
}
