import type { Budget, BudgetSpan, Measure } from "../core/budget.ts";
import type { Condition } from "../core/policy.ts";
import type { Database, Row } from "./database.ts";
import { storedJson } from "./stored_json.ts";

/** A budget as it is kept, with who set it and when (ms). */
export interface KeptBudget extends Budget {
  /** Of what it has counted: one that counts anew has another. */
  readonly id: number;
  readonly setAt: number;
  readonly setBy: string;
}

/** What was counted in a day or a run. */
export interface Spending {
  readonly spent: number;
  /** Bytes of the largest call. */
  readonly largest: number;
}

/** Budgets for outgoing calls, and what is spent of them. Whoever changes budgets raises `owner.rules` in the same transaction. */
export class Budgets {
  readonly #all;
  readonly #set;
  readonly #delete;
  readonly #forget;
  readonly #forgetRuns;
  readonly #spending;
  readonly #spend;
  readonly #waiting;

  constructor(db: Database) {
    this.#all = db.prepare("SELECT * FROM budgets ORDER BY name");
    this.#set = db.prepare(
      `INSERT OR REPLACE INTO budgets (id, name, measure, most, per, time_zone, price_per_call, price_per_unit,
                                       task, service, method, conditions, set_at, set_by)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#delete = db.prepare("DELETE FROM budgets WHERE name = ?");
    this.#forget = db.prepare("DELETE FROM budget_spending WHERE budget NOT IN (SELECT id FROM budgets)");
    this.#forgetRuns = db.prepare(
      "DELETE FROM budget_spending WHERE budget IN (SELECT id FROM budgets WHERE per = 'run')",
    );
    this.#spending = db.prepare("SELECT spent, largest FROM budget_spending WHERE budget = ? AND span = ?");
    this.#spend = db.prepare(
      `INSERT INTO budget_spending (budget, span, spent, largest) VALUES (?, ?, ?, ?)
       ON CONFLICT (budget, span) DO UPDATE SET spent = excluded.spent, largest = excluded.largest`,
    );
    this.#waiting = db.prepare(
      "SELECT count(DISTINCT run) AS runs FROM stack_runs WHERE status = 'pending' AND blocked >= ? AND blocked < ?",
    );
  }

  /** In order of their names. */
  all(): KeptBudget[] {
    return (this.#all.all() as Row[]).map((row) => ({
      id: row.id as number,
      name: row.name as string,
      measure: row.measure as Measure,
      limit: row.most as number,
      per: row.per as BudgetSpan,
      timeZone: row.time_zone as string,
      pricePerCall: row.price_per_call as number,
      pricePerUnit: row.price_per_unit as number,
      task: row.task as string,
      service: row.service as string,
      method: row.method as string,
      where: storedJson(row.conditions as string) as unknown as Condition[],
      setAt: row.set_at as number,
      setBy: row.set_by as string,
    }));
  }

  byName(name: string): KeptBudget | undefined {
    return this.all().find((budget) => budget.name === name);
  }

  /** Sets a budget, in place of one of the same name; under another id than that one's it counts anew. */
  set(budget: KeptBudget): void {
    const { id, name, measure, limit, per, timeZone, pricePerCall, pricePerUnit } = budget;
    const patterns = [budget.task, budget.service, budget.method, JSON.stringify(budget.where)];
    const { setAt, setBy } = budget;
    this.#set.run(id, name, measure, limit, per, timeZone, pricePerCall, pricePerUnit, ...patterns, setAt, setBy);
    this.#forget.run();
  }

  remove(name: string): void {
    this.#delete.run(name);
    this.#forget.run();
  }

  /** What a budget has counted in a day (its date), or in a run (its id). */
  spending(budget: number, span: string): Spending {
    const row = this.#spending.get(budget, span) as Row | undefined;
    return { spent: (row?.spent as number | undefined) ?? 0, largest: (row?.largest as number | undefined) ?? 0 };
  }

  spend(budget: number, span: string, { spent, largest }: Spending): void {
    this.#spend.run(budget, span, spent, largest);
  }

  /** Forgets what runs have spent, all of them. */
  forgetRuns(): void {
    this.#forgetRuns.run();
  }

  /** Runs that wait for room in a budget. */
  runsWaiting(name: string): number {
    return (this.#waiting.get(blockedBy(name, ""), `budget ${name}!`) as Row).runs as number;
  }
}

/** The reason that frames are blocked for which wait for room in a budget, of a day or a run. */
export function blockedBy(name: string, span: string): string {
  return `budget ${name} ${span}`;
}

/** The name of the budget that a frame waits for; undefined when it waits for none. */
export function budgetAwaited({ blocked }: { readonly blocked: string | null }): string | undefined {
  return blocked === null ? undefined : /^budget (\S+) /.exec(blocked)?.[1];
}
