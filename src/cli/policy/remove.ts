import { ruleText } from "../../core/policy.ts";
import { TaskerError } from "../../core/errors.ts";
import { command, type Run } from "../command.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { dbFlag, jsonFlag } from "../flags.ts";
import { note } from "../output/errors.ts";
import { printJson } from "../reading.ts";
import { noRule } from "./add.ts";
import { changeRules } from "./change.ts";

interface Flags {
  readonly json?: boolean;
  readonly db?: string;
}

export const policyRemoveCommand = command<Flags>({
  brief: "Take a rule away",
  flags: { ...jsonFlag, ...dbFlag },
  positional: [{ placeholder: "rule", brief: "Number of the rule" }],
  load: () => Promise.resolve(parse),
});

const parse: Run<Flags> = (context, flags, [rule]) => {
  if (!/^[1-9]\d{0,14}$/.test(rule!)) {
    throw new TaskerError("USAGE", `${rule} is no number of a rule`, { hint: "`tasker policy list` shows them" });
  }
  return run({ database: context.databasePath(flags.db), id: Number(rule), json: flags.json ?? false }, context);
};

export async function run(
  { database, id, json }: { database: string; id: number; json: boolean },
  context: Context,
): Promise<ExitCode> {
  const rule = await changeRules(context, database, { create: false }, (store) => {
    const rule = store.policy.all().find((other) => other.id === id);
    if (rule === undefined) throw noRule(id);
    store.policy.remove(id);
    return { result: rule, entry: { event: "rule removed", entry: `${id}: ${ruleText(rule)}` } };
  });
  if (json) printJson(context, rule);
  else note(context.terminal, `rule ${id} is removed: ${ruleText(rule)}`);
  return EXIT.ok;
}
