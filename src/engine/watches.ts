import { newestById } from "../store/run_links.ts";
import type { Store } from "../store/store.ts";

/** Who wants to hear of changes of runs. */
export class Watches {
  readonly #store: Store;
  readonly #watchers = new Map<string, Set<() => void>>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Calls `changed` after every commit that touched the run, or what it goes on as, until the returned function is called. */
  add(id: string, changed: () => void): () => void {
    const newest = () => newestById(this.#store, id)?.id ?? id;
    let watched = newest();
    const look = () => {
      if (newest() !== watched) {
        stop();
        watched = newest();
        stop = this.#add(watched, look);
      }
      changed();
    };
    let stop = this.#add(watched, look);
    return () => stop();
  }

  #add(id: string, changed: () => void): () => void {
    const watchers = this.#watchers.get(id) ?? new Set();
    this.#watchers.set(id, watchers.add(changed));
    return () => {
      watchers.delete(changed);
      if (watchers.size === 0) this.#watchers.delete(id);
    };
  }

  /** A commit has touched these runs. */
  tell(runs: Iterable<{ readonly id: string }>): void {
    if (this.#watchers.size === 0) return;
    for (const { id } of runs) {
      for (const watcher of this.#watchers.get(id) ?? []) watcher();
    }
  }
}
