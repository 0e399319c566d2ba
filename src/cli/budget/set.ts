import { type Budget, budgetText } from "../../core/budget.ts";
import { budgetView } from "../../server/budget_views.ts";
import { command, type Run } from "../command.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { dbFlag, jsonFlag } from "../flags.ts";
import { note } from "../output/errors.ts";
import { zone } from "../output/times.ts";
import { changeRules } from "../policy/change.ts";
import { printJson } from "../reading.ts";
import { type BudgetFlags, budgetFlags, budgetOf } from "./budget_flags.ts";
import { noteWaiting } from "./waiting.ts";

type Flags = BudgetFlags & { readonly json?: boolean; readonly db?: string };

export const budgetSetCommand = command<Flags>({
  brief: "Set how much the calls that fit may use, or change it",
  description:
    "Set how much the calls that leave this machine and fit the patterns may use, per run or per day. A call that fits " +
    "several budgets needs room in each. A run that has no room is suspended, not failed: it goes on when the next day " +
    "begins, or when the budget is raised or removed.\n\n" +
    "A call is counted before it is made, so no crash loses one. What it did not use is given back when it is over. Only of " +
    "its bytes an estimate is counted before: the call that reaches such a budget may exceed it.\n\n" +
    "Set again, a budget keeps what the flags leave out. A limit that alone is changed keeps what was counted; anything " +
    "else begins to count anew.",
  usage: [
    "NAME [flags]",
    { input: "search --task gmail-search --units 500000 --per day --timezone Europe/Berlin", brief: "Units of a day" },
    { input: "search --units 800000", brief: "Raises it" },
    { input: "model --service http --money 2.50 --price-per-call 0.002 --per run", brief: "Money of a run" },
  ],
  flags: { ...budgetFlags, ...jsonFlag, ...dbFlag },
  positional: [{ placeholder: "name", brief: "Of the budget" }],
  load: () => Promise.resolve(parse),
});

const parse: Run<Flags> = (context, { json, db, ...flags }, [name]) =>
  run({ database: context.databasePath(db), name: name!, flags, json: json ?? false }, context);

export async function run(
  options: { database: string; name: string; flags: BudgetFlags; json: boolean },
  context: Context,
): Promise<ExitCode> {
  const { database, name, flags, json } = options;
  const { view, text } = await changeRules(context, database, { create: true }, (store, { id, who, now }) => {
    const known = store.budgets.byName(name);
    const budget = budgetOf(name, flags, known, zone());
    const goesOn = known !== undefined && countsTheSame(known, budget);
    const kept = { ...budget, id: goesOn ? known.id : id, setAt: now, setBy: who };
    store.budgets.set(kept);
    const words = `${name}: ${budgetText(budget)}`;
    return {
      result: {
        view: budgetView(store, kept, now),
        text: known === undefined || goesOn ? words : `${words}; it counts anew`,
      },
      entry: { event: "budget set", entry: words },
    };
  });
  if (json) printJson(context, view);
  else note(context.terminal, `budget ${text}`);
  await noteWaiting(context, database, view.runsWaiting);
  return EXIT.ok;
}

/** Whether they differ in their limits alone. */
function countsTheSame(one: Budget, other: Budget): boolean {
  return budgetText({ ...one, limit: other.limit }) === budgetText(other);
}
