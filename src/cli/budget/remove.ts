import { budgetText } from "../../core/budget.ts";
import { budgetView } from "../../server/budget_views.ts";
import { command, type Run } from "../command.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { dbFlag, jsonFlag } from "../flags.ts";
import { note } from "../output/errors.ts";
import { changeRules } from "../policy/change.ts";
import { printJson } from "../reading.ts";
import { noBudget, noteWaiting } from "./waiting.ts";

interface Flags {
  readonly json?: boolean;
  readonly db?: string;
}

export const budgetRemoveCommand = command<Flags>({
  brief: "Take a budget away: what waits for it goes on",
  flags: { ...jsonFlag, ...dbFlag },
  positional: [{ placeholder: "name", brief: "Of the budget" }],
  load: () => Promise.resolve(parse),
});

const parse: Run<Flags> = (context, flags, [name]) =>
  run({ database: context.databasePath(flags.db), name: name!, json: flags.json ?? false }, context);

export async function run(
  { database, name, json }: { database: string; name: string; json: boolean },
  context: Context,
): Promise<ExitCode> {
  const { view, text } = await changeRules(context, database, { create: false }, (store, { now }) => {
    const budget = store.budgets.byName(name);
    if (budget === undefined) throw noBudget(name);
    const view = budgetView(store, budget, now);
    store.budgets.remove(name);
    const text = `${name}: ${budgetText(budget)}`;
    return { result: { view, text }, entry: { event: "budget removed", entry: text } };
  });
  if (json) printJson(context, view);
  else note(context.terminal, `budget ${name} is removed${text.slice(name.length)}`);
  await noteWaiting(context, database, view.runsWaiting);
  return EXIT.ok;
}
