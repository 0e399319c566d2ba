import type { Json } from "../core/json.ts";
import type { TaskRun } from "../store/task_runs.ts";
import { storedJson } from "../store/stored_json.ts";

/** What a call is answered that nobody outside of its run is asked: JSON text, and by how much it is later, ms. */
export interface OwnAnswer {
  readonly json: string;
  readonly after: number;
}

/** Answers of local services that follow from the run alone, for code that is tried without any service. */
export class OwnAnswers {
  readonly #run: TaskRun;
  readonly #rows = new Map<string, number>();

  constructor(run: TaskRun) {
    this.#run = run;
  }

  /** Undefined when the answer follows from more than the run. Takes every call, so that rows are counted. */
  answer({ service, method, args }: { service: string; method: string; args: string }): OwnAnswer | undefined {
    const given = storedJson(args) as readonly Json[];
    switch (`${service}.${method}`) {
      case "records.append":
        return this.#append(given);
      case "timer.sleep":
        return { json: "null", after: typeof given[0] === "number" && given[0] > 0 ? given[0] : 0 };
      case "run.timeZone":
        return { json: JSON.stringify(this.#run.timeZone), after: 0 };
      case "run.progress":
        return { json: "null", after: 0 };
    }
    return service === "log" ? { json: "null", after: 0 } : undefined;
  }

  #append([kind, rows]: readonly Json[]): OwnAnswer | undefined {
    if (typeof kind !== "string" || rows === undefined || rows === null) return undefined;
    const appended = Array.isArray(rows) ? rows.length : 1;
    const last = (this.#rows.get(kind) ?? 0) + appended;
    this.#rows.set(kind, last);
    return { json: JSON.stringify({ appended, last }), after: 0 };
  }
}
