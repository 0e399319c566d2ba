import { VirtualClock } from "../core/clock.ts";
import { serializeError } from "../core/errors.ts";
import { frameId } from "../core/ids.ts";
import type { Json } from "../core/json.ts";
import type { TaskCode } from "../core/manifest.ts";
import type { Outcome, Service, ServiceCall } from "../services/contract.ts";
import { createLogService } from "../services/log.ts";
import { createRecordsService } from "../services/records.ts";
import { createRunService } from "../services/run.ts";
import { createSignalsService } from "../services/signals.ts";
import { createTasksService } from "../services/tasks.ts";
import { createTimerService } from "../services/timer.ts";
import type { JournaledCall } from "../store/stack_runs.ts";
import { storedJson } from "../store/stored_json.ts";
import type { Beginning } from "./call_site.ts";
import { checkDeclared } from "./declared.ts";

/** What a call is answered that nobody outside of its run is asked: JSON text of a result or an error, and when, ms. */
export interface OwnAnswer {
  readonly ok: boolean;
  readonly json: string;
  readonly at: number;
}

/** Before every moment: a sleep tells when it is over. */
const CLOCK = new VirtualClock(-Infinity);

/**
 * Answers of local services that follow from the run alone, for code that is tried without any service: the services
 * themselves read the calls, and what they would write is left out.
 */
export class OwnAnswers {
  readonly #run: Beginning;
  readonly #code: TaskCode;
  readonly #services: ReadonlyMap<string, Service>;
  readonly #rows = new Map<string, number>();

  constructor(run: Beginning, code: TaskCode) {
    this.#run = run;
    this.#code = code;
    const plain = [createLogService, createRecordsService, createRunService, createSignalsService, createTasksService];
    const services = [...plain.map((create) => create()), createTimerService({ clock: CLOCK })];
    this.#services = new Map(services.map((service) => [service.name, service]));
  }

  /** Undefined when the answer follows from more than the run. Takes every call, so that rows are counted. */
  answer({ seq, service, method, args }: JournaledCall, now: number): OwnAnswer | undefined {
    const asked = this.#services.get(service);
    if (asked === undefined) return undefined;
    const call: ServiceCall = {
      taskRunId: this.#run.id,
      frameId: frameId(this.#run.id, seq),
      taskName: this.#code.name,
      manifest: this.#code.manifest,
      method,
      args: storedJson(args) as readonly Json[],
      attempt: 1,
      issuedAt: now,
      progress: undefined,
      signal: new AbortController().signal,
    };
    try {
      checkDeclared(service, this.#code);
      asked.traits(call);
      const outcome = asked.call(call) as Outcome;
      if (outcome.type === "wait") return { ok: true, json: "null", at: outcome.until };
      if (outcome.type !== "effect") return undefined;
      const value = this.#withoutEffect(service, call);
      return value === undefined ? undefined : { ok: true, json: JSON.stringify(value), at: now };
    } catch (error) {
      return { ok: false, json: JSON.stringify(serializeError(error)), at: now };
    }
  }

  #withoutEffect(service: string, { method, args }: ServiceCall): Json | undefined {
    switch (`${service}.${method}`) {
      case "records.append":
        return this.#append(args[0] as string, args[1]!);
      case "run.timeZone":
        return this.#run.timeZone;
      case "run.progress":
        return null;
    }
    return service === "log" ? null : undefined;
  }

  #append(kind: string, rows: Json): Json {
    const appended = Array.isArray(rows) ? rows.length : 1;
    const last = (this.#rows.get(kind) ?? 0) + appended;
    this.#rows.set(kind, last);
    return { appended, last };
  }
}
