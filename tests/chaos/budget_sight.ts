import type { DatabaseSync } from "node:sqlite";

/** What a file says of budgets at one moment. */
export interface BudgetSight {
  /** The number of the last change of budgets, and who owns the file. */
  readonly rules: number;
  readonly epoch: number;
  /** The newest frame that was claimed. */
  readonly newest: number;
  readonly spending: readonly { readonly name: string; readonly measure: string; readonly spent: number }[];
  /** Calls that wait for room; `hasRoom`: it is there. */
  readonly waiting: readonly { readonly frame: number; readonly name: string; readonly hasRoom: boolean }[];
  /** Whether some call waits for nothing but a lane: it may be the one that the room was offered to. */
  readonly isAnyReady: boolean;
}

export function readBudgets(db: DatabaseSync): BudgetSight {
  db.exec("BEGIN");
  try {
    const { rules, epoch } = db.prepare("SELECT rules, epoch FROM owner").get() as { rules: number; epoch: number };
    const spending = db.prepare(
      `SELECT name, measure, most, span, spent FROM budgets JOIN budget_spending ON budget_spending.budget = budgets.id`,
    ).all() as { name: string; measure: string; most: number; span: string; spent: number }[];
    const names = new Set(db.prepare("SELECT name FROM budgets").all().map(({ name }) => name as string));
    const blocked = db.prepare(
      "SELECT id, blocked FROM stack_runs WHERE status = 'pending' AND blocked >= 'budget ' AND blocked < 'budget!'",
    ).all() as { id: number; blocked: string }[];
    const waiting = blocked.map(({ id, blocked }) => {
      const [, name, span] = blocked.split(" ");
      const counted = spending.find((each) => each.name === name && each.span === span);
      return {
        frame: id,
        name: name!,
        hasRoom: !names.has(name!) || counted === undefined || counted.spent < counted.most,
      };
    });
    const ready = "status = 'pending' AND blocked IS NULL AND ready_at IS NULL AND lane = 1";
    const newest = db.prepare(
      "SELECT id FROM stack_runs WHERE started_at IS NOT NULL AND seq > 0 ORDER BY id DESC LIMIT 1",
    ).get();
    return {
      ...{ rules, epoch, spending, waiting },
      newest: Number(newest?.id ?? 0),
      isAnyReady: db.prepare(`SELECT 1 FROM stack_runs WHERE ${ready} LIMIT 1`).get() !== undefined,
    };
  } finally {
    db.exec("ROLLBACK");
  }
}
