import type { BudgetSight } from "../budget_sight.ts";
import type { Findings } from "../findings.ts";
import { type Journal, tokenOf } from "../journal.ts";
import { spenderOf } from "../spender.ts";
import type { Spenders } from "../spenders.ts";

/** Spenders have come to their end with what they were answered; what has left is counted, and nothing waits for room. */
export function checkBudgets(
  { runs, frames }: Journal,
  params: {
    sight: BudgetSight;
    spenders: Pick<Spenders, "all">;
    counts: ReadonlyMap<string, number>;
    findings: Findings;
  },
): void {
  const { sight, spenders, counts, findings } = params;
  const byId = new Map(runs.map((run) => [run.id, run]));
  for (const run of runs) {
    const where = `run ${run.id} (${run.input.name})`;
    if (run.status !== "completed") findings.report("ends", `${where} is ${run.status}: ${run.error?.code}`);
    else if (run.parentRun === null) {
      const nested = runs.filter(({ parentRun }) => parentRun === run.run).map(({ run }) => run);
      const seen = frames.filter((frame) => frame.service === "http" && [run.run, ...nested].includes(frame.run))
        .map((frame) => tokenOf(frame) ?? frame.error?.code);
      if (sorted(run.result) !== sorted(seen)) findings.report("results", `${where} has another result`);
    }
  }
  const left = Map.groupBy(counts, ([key]) => spenderOf(key));
  for (const { id, plan: { name, measure }, isCountedAnew, isRemoved } of spenders.all) {
    if (id !== undefined && byId.get(id)?.input.name !== name) {
      findings.report("word", `run ${id} (${name}) was submitted and is not there`);
    }
    if (measure !== "calls" || isCountedAnew || isRemoved) continue;
    const spent = sight.spending.filter((each) => each.name === name).reduce((sum, each) => sum + each.spent, 0);
    const made = (left.get(name) ?? []).reduce((sum, [, count]) => sum + count, 0);
    if (spent < made) findings.report("budgets", `${spent} calls are spent of ${name}, and ${made} have left`);
  }
  for (const { frame, name } of sight.waiting.filter(({ hasRoom }) => hasRoom)) {
    findings.report("room", `frame ${frame} waits for the budget ${name}, which has room`);
  }
}

function sorted(values: unknown): string {
  return JSON.stringify([...values as unknown[]].sort());
}
