import { ruleText } from "../../core/policy.ts";
import { command, type Run } from "../command.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { dbFlag, jsonFlag } from "../flags.ts";
import { renderTable } from "../output/table.ts";
import { styled } from "../output/terminal.ts";
import { formatDateTime, zone } from "../output/times.ts";
import { printJson, readingIfThere } from "../reading.ts";

interface Flags {
  readonly json?: boolean;
  readonly db?: string;
}

export const policyListCommand = command<Flags>({
  brief: "List the rules in the order in which they are tried",
  flags: { ...jsonFlag, ...dbFlag },
  load: () => Promise.resolve(parse),
});

const parse: Run<Flags> = (context, flags) =>
  run({ database: context.databasePath(flags.db), json: flags.json ?? false }, context);

export async function run(options: { database: string; json: boolean }, context: Context): Promise<ExitCode> {
  const rules = await readingIfThere(context, options.database, [], (store) => store.policy.all());
  const { terminal } = context;
  if (options.json) {
    printJson(context, rules);
    return EXIT.ok;
  }
  const rows = rules.map((rule) => [String(rule.id), ruleText(rule), rule.addedBy, formatDateTime(rule.addedAt)]);
  const columns = [
    { title: "#", align: "right" as const },
    { title: "RULE", shrink: true },
    { title: "BY" },
    { title: `ADDED (${zone()})` },
  ];
  terminal.out(
    renderTable(columns, [...rows, ["", `otherwise: ${WITHOUT_RULES}`]], {
      width: terminal.isTerminal.out ? terminal.width() : 0,
      head: (text) => styled(terminal.color.out, "bold", text),
    }),
  );
  return EXIT.ok;
}

/** What holds where no rule fits. */
export const WITHOUT_RULES = "ask about what writes, allow the rest";
