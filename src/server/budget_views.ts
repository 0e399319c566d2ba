import { BILLION, dayOf, type Measure } from "../core/budget.ts";
import { ClockFace } from "../core/clock_face.ts";
import type { KeptBudget } from "../store/budgets.ts";
import type { Store } from "../store/store.ts";
import type { BudgetView, SpendingView } from "./api.ts";

/** All budgets in order of their names, with what is used of them now. */
export function budgetViews(store: Store, now: number): BudgetView[] {
  return store.budgets.all().map((budget) => budgetView(store, budget, now));
}

export function budgetView(store: Store, budget: KeptBudget, now: number): BudgetView {
  const { name, measure, limit, per, timeZone, pricePerCall, pricePerUnit } = budget;
  const { task, service, method, where, setAt, setBy } = budget;
  const isMoney = measure === "money";
  return {
    name,
    measure,
    limit: shown(measure, limit),
    per,
    timeZone: per === "day" ? timeZone : null,
    pricePerCall: isMoney ? shown(measure, pricePerCall) : null,
    pricePerUnit: isMoney ? shown(measure, pricePerUnit) : null,
    ...{ task, service, method, where, setAt, setBy },
    spending: per === "day" ? [spentToday(store, budget, now)] : spentByRuns(store, budget),
    runsWaiting: store.budgets.runsWaiting(name),
  };
}

function spentToday(store: Store, budget: KeptBudget, now: number): SpendingView {
  const { date, until } = dayOf(new ClockFace(budget.timeZone), now);
  return spendingView(store, budget, date, until);
}

function spentByRuns(store: Store, budget: KeptBudget): SpendingView[] {
  return store.taskRuns.unfinished().filter(({ parentRun }) => parentRun === null)
    .map(({ id }) => spendingView(store, budget, id, null))
    .filter(({ used }) => used > 0);
}

function spendingView(
  store: Store,
  { id, measure, limit }: KeptBudget,
  of: string,
  until: number | null,
): SpendingView {
  const { spent } = store.budgets.spending(id, of);
  return { of, used: shown(measure, spent), left: shown(measure, Math.max(0, limit - spent)), until };
}

/** Money is kept in billionths. */
function shown(measure: Measure, amount: number): number {
  return measure === "money" ? amount / BILLION : amount;
}
