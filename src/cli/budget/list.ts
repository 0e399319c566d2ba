import { amountText, BILLION, numberText } from "../../core/budget.ts";
import { patternWords } from "../../core/policy.ts";
import type { BudgetView, SpendingView } from "../../server/api.ts";
import { budgetViews } from "../../server/budget_views.ts";
import { command, type Run } from "../command.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { dbFlag, jsonFlag } from "../flags.ts";
import { renderTable } from "../output/table.ts";
import { styled } from "../output/terminal.ts";
import { printJson, readingIfThere } from "../reading.ts";
import { shortId } from "../run_lookup.ts";
import { formatTimeIn } from "../schedule/shown.ts";

interface Flags {
  readonly json?: boolean;
  readonly db?: string;
}

export const budgetListCommand = command<Flags>({
  brief: "List the budgets: what is used of each, what is left, and when it is renewed",
  flags: { ...jsonFlag, ...dbFlag },
  load: () => Promise.resolve(parse),
});

const parse: Run<Flags> = (context, flags) =>
  run({ database: context.databasePath(flags.db), json: flags.json ?? false }, context);

export async function run(options: { database: string; json: boolean }, context: Context): Promise<ExitCode> {
  const budgets = await readingIfThere(context, options.database, [], (store) => budgetViews(store, context.now()));
  const { terminal } = context;
  if (options.json) {
    printJson(context, budgets);
    return EXIT.ok;
  }
  if (budgets.length === 0) {
    terminal.err("there is no budget: `tasker budget set --help` says how to set one\n");
    return EXIT.ok;
  }
  const columns = [
    { title: "BUDGET" },
    { title: "LIMIT", align: "right" as const },
    { title: "OF" },
    { title: "USED", align: "right" as const },
    { title: "LEFT", align: "right" as const },
    { title: "RENEWED" },
    { title: "RUNS WAITING", align: "right" as const },
    { title: "FOR", shrink: true },
  ];
  terminal.out(
    renderTable(columns, budgets.flatMap(rows), {
      width: terminal.isTerminal.out ? terminal.width() : 0,
      head: (text) => styled(terminal.color.out, "bold", text),
    }),
  );
  return EXIT.ok;
}

/** A line for the day, or for each run that has used some. */
function rows(budget: BudgetView): string[][] {
  const { name, measure, limit, per, runsWaiting } = budget;
  const head = [name, amountText(measure, counted(budget, limit))];
  const tail = [runsWaiting === 0 ? "" : String(runsWaiting), patternWords(budget).join(" ") || "every call"];
  const lines = budget.spending.map((spending) => cells(budget, spending));
  if (lines.length === 0) lines.push([`each ${per}`, "", "", ""]);
  return lines.map((line, at) => at === 0 ? [...head, ...line, ...tail] : ["", "", ...line, "", ""]);
}

function cells(budget: BudgetView, { of, used, left, until }: SpendingView): string[] {
  const { measure, per, timeZone } = budget;
  return [
    per === "run" ? `run ${shortId(of)}` : of,
    ...[used, left].map((amount) => numberText(measure, counted(budget, amount))),
    until === null ? "" : `${formatTimeIn(until, timeZone!)} ${timeZone}`,
  ];
}

/** As it is counted: money in billionths. */
function counted({ measure }: BudgetView, amount: number): number {
  return measure === "money" ? Math.round(amount * BILLION) : amount;
}
