import type { ApprovalView } from "../../server/api.ts";
import { command, type Run } from "../command.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { dbFlag, jsonFlag } from "../flags.ts";
import { note, safeLines } from "../output/errors.ts";
import { plural } from "../output/numbers.ts";
import { styled } from "../output/terminal.ts";
import { formatDateTime } from "../output/times.ts";
import { printJson, readingIfThere } from "../reading.ts";
import { shortCallId, whyAsked } from "./waiting_call.ts";

interface Flags {
  readonly json?: boolean;
  readonly db?: string;
}

export const approvalsListCommand = command<Flags>({
  brief: "Show the calls that wait for a person; at a terminal, ask about each",
  flags: { ...jsonFlag, ...dbFlag },
  load: () => Promise.resolve(parse),
});

const parse: Run<Flags> = (context, flags) =>
  run({ database: context.databasePath(flags.db), json: flags.json ?? false }, context);

export async function run(options: { database: string; json: boolean }, context: Context): Promise<ExitCode> {
  const { database, json } = options;
  const { terminal } = context;
  const { approvalViews } = await import("../../server/approval_views.ts");
  const waiting = await readingIfThere(context, database, [], (store) => approvalViews(store));
  if (json) printJson(context, waiting);
  else if (waiting.length === 0) note(terminal, "no call waits for a person");
  else if (Deno.stdin.isTerminal() && terminal.isTerminal.out) {
    const { askAboutEach } = await import("./ask.ts");
    return await askAboutEach({ database, waiting }, context);
  } else {
    for (const call of waiting) terminal.out(`${describe(call, terminal.color.out)}\n`);
    const db = context.databaseArgument(database);
    note(
      terminal,
      `${plural(waiting.length, "call waits", "calls wait")} for a person: ` +
        `\`tasker approvals approve CALL${db}\` or \`tasker approvals refuse CALL${db}\``,
    );
  }
  return EXIT.ok;
}

/** A call with all of its arguments, fit for a terminal. */
export function describe(call: ApprovalView, color: boolean): string {
  const args = call.args as readonly unknown[];
  const shown = args.map((arg) => JSON.stringify(arg, null, 2)).join(",\n").replaceAll("\n", "\n  ");
  return [
    `${styled(color, "bold", shortCallId(call.id))}  ${safeLines(`${call.taskName}: ${call.service}.${call.method}`)}`,
    `  asked  ${formatDateTime(call.askedAt)}: ${safeLines(whyAsked(call))}`,
    `  ${safeLines(shown)}`,
  ].join("\n") + "\n";
}
