import { isJsonObject } from "../core/json.ts";
import type { JournaledCall } from "../store/stack_runs.ts";
import type { Store } from "../store/store.ts";
import { storedJson } from "../store/stored_json.ts";
import type { TaskRun } from "../store/task_runs.ts";
import { RecordedCalls } from "./recorded_calls.ts";

const PAGE = 500;
/** What these do is the run's own: made again, it asks nobody. */
const OWN = ["records", "log", "run", "keystore"];

/** Whether calls of a service are such as a run takes from another one's journal. */
export function isShared(service: string): boolean {
  return !OWN.includes(service);
}

/**
 * Results of another run's calls, for a fork that is to ask nothing twice: each of its calls gets that of the recorded call that
 * asks the same, of several in their order. Recorded errors are no answers: such a call is made again.
 */
export class SharedAnswers {
  readonly #store: Store;
  readonly #source: number;
  readonly #recorded: RecordedCalls;

  private constructor(store: Store, source: number, run: number) {
    this.#store = store;
    this.#source = source;
    this.#recorded = new RecordedCalls(store, source, { results: true });
    // What its calls have taken before the process that made them died.
    for (let after = 0;;) {
      const page = store.stackRuns.journal({ run, after, limit: PAGE });
      for (const call of page) this.#recorded.take(call);
      if (page.length < PAGE) break;
      after = page.at(-1)!.seq;
    }
  }

  /** Undefined for a run that shares none, or not any more: what it shares may have been deleted. */
  static of(store: Store, { run, forkedFrom }: Pick<TaskRun, "run" | "forkedFrom">): SharedAnswers | undefined {
    const from = forkedFrom === null ? null : storedJson(forkedFrom);
    if (!isJsonObject(from) || from.answers !== true) return undefined;
    const source = store.taskRuns.byId(from.run as string);
    return source && new SharedAnswers(store, source.run, run);
  }

  /** JSON text of the result; undefined when the call is to be made. Takes every call of the run, in order. */
  take(call: JournaledCall): string | undefined {
    const recorded = this.#recorded.take(call);
    if (recorded?.order === undefined || !isShared(call.service)) return undefined;
    return this.#store.stackRuns.bySeq(this.#source, recorded.seq)?.result ?? undefined;
  }
}
