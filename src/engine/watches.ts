import { isAtRest, type RunStatus } from "../core/states.ts";
import { whereIs } from "../store/run_links.ts";
import type { Store } from "../store/store.ts";

/** A run as a commit has left it. */
interface Touched {
  readonly id: string;
  readonly isOver: boolean;
  readonly status: RunStatus;
}

/** Who wants to hear of changes of runs. */
export class Watches {
  readonly #store: Store;
  readonly #watchers = new Map<string, Set<(run: Touched) => void>>();

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Calls `changed` after every commit that touched the run, or what it goes on as, until the returned function is called.
   * Reads no row for it before the run has ended: there is a call for each commit of a long run.
   */
  add(id: string, changed: (isAtRest: boolean) => void): () => void {
    let stop = () => {};
    const follow = (): RunStatus | undefined => {
      const newest = whereIs(this.#store, id);
      stop();
      stop = this.#add(newest?.id ?? id, (run) => {
        const status = run.isOver ? follow() : run.status;
        changed(status === undefined || isAtRest(status));
      });
      return newest?.status;
    };
    follow();
    return () => stop();
  }

  #add(id: string, watcher: (run: Touched) => void): () => void {
    const watchers = this.#watchers.get(id) ?? new Set();
    this.#watchers.set(id, watchers.add(watcher));
    return () => {
      watchers.delete(watcher);
      if (watchers.size === 0) this.#watchers.delete(id);
    };
  }

  /** A commit has touched these runs. */
  tell(runs: Iterable<Touched>): void {
    if (this.#watchers.size === 0) return;
    for (const run of runs) {
      for (const watcher of [...this.#watchers.get(run.id) ?? []]) watcher(run);
    }
  }
}
