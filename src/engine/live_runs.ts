import type { Store } from "../store/store.ts";
import { LiveRun } from "./live_run.ts";

/** The unfinished runs this process has had in hand, by number. */
export class LiveRuns {
  readonly #store: Store;
  readonly #runs = new Map<number, LiveRun>();
  readonly #changed = new Set<LiveRun>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** The run in memory, read from its rows when it is not there. Undefined when it has ended or there is none. */
  get(run: number): LiveRun | undefined {
    const known = this.#runs.get(run);
    if (known !== undefined) return known.isOver ? undefined : known;
    const row = this.#store.taskRuns.get(run);
    if (row === undefined || row.endedAt !== null) return undefined;
    const live = LiveRun.load(this.#store, row);
    this.#runs.set(run, live);
    return live;
  }

  /** The run if this process has it in memory. */
  known(run: number): LiveRun | undefined {
    return this.#runs.get(run);
  }

  forget(live: LiveRun): void {
    live.park();
    live.phase = "over";
    this.#runs.delete(live.run);
    this.#changed.delete(live);
  }

  /** Its realm is in use: it is dropped after those of all other runs. */
  use(live: LiveRun): void {
    if (!this.#runs.delete(live.run)) return;
    this.#runs.set(live.run, live);
  }

  /** Its state may differ from its rows: they are written with the next commit. */
  touch(live: LiveRun): void {
    this.#changed.add(live);
  }

  /** The runs touched since the last call. */
  takeChanged(): LiveRun[] {
    const changed = [...this.#changed];
    this.#changed.clear();
    return changed;
  }

  /** Runs and those that they are nested in: what is nested in a run is part of what it does. */
  *withThoseAround(runs: Iterable<LiveRun>): Iterable<LiveRun> {
    for (const live of runs) {
      for (let at: LiveRun | undefined = live; at !== undefined;) {
        yield at;
        at = at.parentRun === null ? undefined : this.known(at.parentRun);
      }
    }
  }

  /** The run used longest ago first. */
  [Symbol.iterator](): IterableIterator<LiveRun> {
    return this.#runs.values();
  }
}
