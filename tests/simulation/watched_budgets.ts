import type { Budget } from "../../src/core/budget.ts";
import { matchesGlob } from "../../src/core/glob.ts";
import type { ServiceCall } from "../../src/services/contract.ts";
import type { StackRun } from "../../src/store/stack_runs.ts";
import type { Store } from "../../src/store/store.ts";
import { MOST_UNITS, type OutsideUsage } from "./outside_world.ts";

/** What a schedule decides about a budget. */
export type PlannedBudget = Pick<Budget, "name" | "measure" | "limit" | "per"> & {
  /** Pattern of the keys of its calls. */
  readonly keys: string;
};

/** A budget that was in force, or is: the same number as long as it goes on counting. */
interface Known extends PlannedBudget {
  readonly id: number;
  /** The highest limit that it has had. */
  most: number;
}

/** Counts by itself what leaves, and compares it with what the budgets allow and what the file says of them. */
export class WatchedBudgets {
  readonly #file: () => Store;
  readonly #inForce = new Map<string, Known>();
  readonly #made = new Map<Known, Map<string, number>>();
  /** Calls that were claimed when the budgets changed: whether these count them nobody can tell from outside. */
  readonly #unsure = new Set<string>();

  constructor(file: () => Store) {
    this.#file = file;
  }

  get inForce(): readonly PlannedBudget[] {
    return [...this.#inForce.values()];
  }

  /** As another process does it. One of the same name goes on counting when its limit alone is another. */
  set(planned: PlannedBudget): void {
    const { name, measure, limit, per, keys } = planned;
    const before = this.#inForce.get(name);
    const goesOn = before !== undefined && before.measure === measure && before.per === per && before.keys === keys;
    this.#change((store, change) => {
      const id = goesOn ? before.id : change;
      store.budgets.set({
        ...{ id, name, measure, limit, per, timeZone: "UTC", pricePerCall: 0, pricePerUnit: 0 },
        ...{ task: "*", service: "*", method: "*", where: [{ of: "key", is: keys }], setAt: 0, setBy: "somebody" },
      });
      if (goesOn) before.most = Math.max(before.most, limit);
      const known = goesOn ? Object.assign(before, { limit }) : { ...planned, id, most: limit };
      this.#inForce.set(name, known);
      if (!goesOn) this.#made.set(known, new Map());
    });
  }

  remove(name: string): void {
    this.#change((store) => store.budgets.remove(name));
    this.#inForce.delete(name);
  }

  /** A call leaves; gives what is wrong with that. */
  issued({ frameId, args, attempt }: ServiceCall, frame: StackRun, used: OutsideUsage | undefined): string[] {
    if (used === undefined || this.#unsure.has(`${frameId} ${attempt}`)) return [];
    return [...this.#inForce.values()].filter(({ keys }) => matchesGlob(String(args[0]), keys)).flatMap((budget) => {
      const made = this.#made.get(budget)!;
      const span = budget.per === "day"
        ? new Date(frame.startedAt!).toISOString().slice(0, 10)
        : this.#topOf(frame.run);
      const sum = (made.get(span) ?? 0) + (budget.measure === "units" ? used.units : 1);
      made.set(span, sum);
      return sum > budget.most ? [`the budget ${budget.name} of ${budget.most} is exceeded in ${span}: ${sum}`] : [];
    });
  }

  /** What the file says of budgets, against what has left. */
  faults(): string[] {
    return [...this.#inForce.values()].flatMap((budget) => {
      const { id, name, most } = budget;
      const rows = this.#file().db.prepare("SELECT span, spent FROM budget_spending WHERE budget = ?").all(id);
      const spent = new Map(rows.map(({ span, spent }) => [span as string, spent as number]));
      const over = [...spent].filter(([, sum]) => sum > most);
      const under = [...this.#made.get(budget)!].filter(([span, sum]) => (spent.get(span) ?? 0) < sum);
      return [
        ...over.map(([span, sum]) => `of the budget ${name} of ${most} ${sum} are spent in ${span}`),
        ...under.map(([span, sum]) =>
          `of the budget ${name} ${spent.get(span)} are spent in ${span}, and ${sum} have left`
        ),
      ];
    });
  }

  /** The budget that the first call waits for which waits for any. */
  awaited(): string | undefined {
    return this.#waiting()[0]?.name;
  }

  /** When nothing is under way: calls that wait for room that is there, unless one that may take it waits for a lane. */
  idleRoom(): string[] {
    const waiting = this.#waiting();
    if (waiting.length === 0 || this.#isAnyReady()) return [];
    return waiting.filter(({ name, span }) => {
      const budget = this.#inForce.get(name);
      if (budget === undefined) return true;
      const { spent } = this.#file().budgets.spending(budget.id, span);
      return spent + (budget.measure === "units" ? MOST_UNITS : 1) <= budget.limit;
    }).map(({ name, span }) => `a call waits for the budget ${name} in ${span}, which has room`);
  }

  #waiting(): { name: string; span: string }[] {
    if (this.#made.size === 0) return [];
    const rows = this.#file().db.prepare(
      "SELECT blocked FROM stack_runs WHERE status = 'pending' AND blocked >= ? AND blocked < 'budget!' ORDER BY id",
    ).all("budget ");
    return rows.map(({ blocked }) => {
      const [, name, span] = (blocked as string).split(" ");
      return { name: name!, span: span! };
    });
  }

  #isAnyReady(): boolean {
    const ready = "status = 'pending' AND ready_at IS NULL AND blocked IS NULL AND lane = 1";
    return this.#file().db.prepare(`SELECT 1 FROM stack_runs WHERE ${ready} LIMIT 1`).get() !== undefined;
  }

  #change(change: (store: Store, id: number) => void): void {
    const store = this.#file();
    const claimed = store.db.prepare(
      "SELECT task_runs.id || '.' || seq AS frame, attempt FROM task_runs JOIN stack_runs USING (run) WHERE stack_runs.status = 'processing'",
    );
    store.db.transaction(() => change(store, store.owner.raiseRules()));
    for (const { frame, attempt } of claimed.all()) this.#unsure.add(`${frame} ${attempt}`);
  }

  #topOf(run: number): string {
    const { id, parentRun } = this.#file().taskRuns.get(run)!;
    return parentRun === null ? id : this.#topOf(parentRun);
  }
}
