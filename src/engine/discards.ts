import { isRunEnded } from "../core/states.ts";
import { TaskerError } from "../core/errors.ts";
import { deleteRows, familyOf, neededRuns } from "../store/retention.ts";
import type { TaskRun } from "../store/task_runs.ts";
import { checkWords } from "./audit.ts";
import { NOBODY } from "./committer.ts";
import type { Parts } from "./parts.ts";

/** Rows that one transaction deletes at most: whatever else waits for a commit waits for some tens of ms. */
const SLICE = 1_000;

/** Takes runs that have ended out of the file, slice by slice, so that other runs go on meanwhile. */
export class Discards {
  readonly #parts: Parts;
  /** Runs whose entry in the audit log is written, and that are not gone yet. */
  readonly #begun = new Set<string>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Deletes one slice of the runs named; those that are not there are gone already. Gives the ids of what is left to delete,
   * to be asked for again. Throws CONFLICT when one of them has not ended, is nested in another, or is named by an
   * unfinished run or a schedule; nothing was deleted then.
   */
  async discard(ids: readonly string[], by?: string): Promise<string[]> {
    const { store, committer, departures, options: { audit } } = this.#parts;
    checkWords({ by });
    return await committer.commit((now) => {
      departures.rowsGo();
      const runs = ids.flatMap((id) => store.taskRuns.byId(id) ?? []);
      const needed = neededRuns(store);
      for (const run of runs) refuseNeeded(run, needed);
      let left = SLICE;
      const remaining: string[] = [];
      for (const { id, run } of runs) {
        if (left > 0 && !this.#begun.has(id)) {
          store.audit.append({ event: "discarded", run: id, who: by?.trim() ?? audit.owner }, now);
          this.#begun.add(id);
        }
        if (left > 0) left -= deleteRows(store, familyOf(store, run).map((member) => member.run), left);
        if (left > 0) this.#begun.delete(id);
        else remaining.push(id);
      }
      return remaining.filter((id) => store.taskRuns.byId(id) !== undefined);
    }, NOBODY);
  }
}

function refuseNeeded(run: TaskRun, needed: ReadonlySet<string>): void {
  const refuse = (why: string, hint: string) => new TaskerError("CONFLICT", `run ${run.id} ${why}`, { hint });
  if (!isRunEnded(run.status)) {
    throw refuse(`has not ended: it is ${run.status}`, "`tasker cancel RUN` ends one");
  }
  if (run.parentRun !== null) throw refuse("is nested in another", "name that one: they go together");
  if (needed.has(run.id)) {
    throw refuse(
      "is named by an unfinished run or a schedule, or was started by one",
      "it stays as long as it may be read",
    );
  }
}
