import { command, type Run } from "../command.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { dbFlag, jsonFlag, parseText } from "../flags.ts";
import { printJson, reading } from "../reading.ts";
import { readInput } from "../task_input.ts";
import { decideCall, type Saying, tellDecision } from "./decide.ts";
import { findCall } from "./waiting_call.ts";

interface ApproveFlags {
  readonly args?: string;
  readonly json?: boolean;
  readonly db?: string;
}

interface RefuseFlags {
  readonly reason?: string;
  readonly json?: boolean;
  readonly db?: string;
}

const CALL = [{ placeholder: "call", brief: "Id of the call, or f0a49e82.3: the end of its run's with its number" }];

export const approveCommand = command<ApproveFlags>({
  brief: "Let a call be made, with its arguments or with others",
  flags: {
    args: {
      kind: "parsed",
      parse: parseText,
      optional: true,
      placeholder: "json",
      brief: "All arguments to send instead, a JSON array; @file or - for stdin. The journal keeps both",
    },
    ...jsonFlag,
    ...dbFlag,
  },
  positional: CALL,
  load: () => Promise.resolve(approve),
});

export const refuseCommand = command<RefuseFlags>({
  brief: "Have a call fail: its task gets the error POLICY_REFUSED",
  flags: {
    reason: {
      kind: "parsed",
      parse: parseText,
      optional: true,
      placeholder: "text",
      brief: "Why; the task is told of it, and the audit log keeps it",
    },
    ...jsonFlag,
    ...dbFlag,
  },
  positional: CALL,
  load: () => Promise.resolve(refuse),
});

const approve: Run<ApproveFlags> = async (context, flags, [call]) => {
  const args = flags.args === undefined ? {} : { args: await readInput(flags.args, context, "--args") };
  return await decide(context, flags, call!, (id) => ({ verb: "approve", id, ...args }));
};

const refuse: Run<RefuseFlags> = async (context, flags, [call]) => {
  const reason = flags.reason === undefined ? {} : { reason: flags.reason };
  return await decide(context, flags, call!, (id) => ({ verb: "refuse", id, ...reason }));
};

async function decide(
  context: Context,
  flags: { readonly json?: boolean; readonly db?: string },
  call: string,
  saying: (id: string) => Saying,
): Promise<ExitCode> {
  const database = context.databasePath(flags.db);
  const id = await reading(context, database, (store) => findCall(store, call));
  const view = await decideCall(context, database, saying(id));
  if (flags.json) printJson(context, view);
  else await tellDecision(context, database, view);
  return EXIT.ok;
}
