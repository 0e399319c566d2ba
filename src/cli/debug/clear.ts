import { TaskerError } from "../../core/errors.ts";
import type { Cleared } from "../../store/clear.ts";
import { command, type Run } from "../command.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { dbFlag, jsonFlag } from "../flags.ts";
import { note } from "../output/errors.ts";
import { plural } from "../output/numbers.ts";
import { printJson } from "../reading.ts";

export interface DebugClearOptions {
  readonly database: string;
  /** Not to be asked. */
  readonly yes: boolean;
  /** Even when runs have not ended. */
  readonly force: boolean;
  readonly json: boolean;
}

interface Flags {
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly db?: string;
}

export const debugClearCommand = command<Flags>({
  brief: "Delete runs, frames, records and logs; never tasks or the keystore",
  flags: {
    yes: { kind: "boolean", optional: true, withNegated: false, brief: "Do not ask" },
    force: { kind: "boolean", optional: true, withNegated: false, brief: "Even when runs have not ended" },
    ...jsonFlag,
    ...dbFlag,
  },
  aliases: { y: "yes" },
  load: () => Promise.resolve(parse),
});

const parse: Run<Flags> = (context, flags) =>
  run({
    database: context.databasePath(flags.db),
    yes: flags.yes ?? false,
    force: flags.force ?? false,
    json: flags.json ?? false,
  }, context);

export async function run(options: DebugClearOptions, context: Context): Promise<ExitCode> {
  const { acquireOwnership } = await import("../../store/ownership.ts");
  const { clearable, clearRuns } = await import("../../store/clear.ts");
  const { whoRunsThis } = await import("../../server/who.ts");
  const store = await context.openStore(options.database, { create: false });
  try {
    const ownership = acquireOwnership(options.database);
    if (ownership === undefined) throw await owned(options.database, context, store.owner.read().pid);
    try {
      const open = store.taskRuns.unfinished().length;
      if (open > 0 && !options.force) {
        throw new TaskerError("CONFLICT", `${plural(open, "run has", "runs have")} not ended: nothing was deleted`, {
          hint: "`tasker resume` lets them end, `tasker cancel RUN` ends one; --force deletes them as they are",
        });
      }
      if (!options.yes && !confirmed(clearable(store), options.database)) {
        note(context.terminal, "nothing was deleted");
        return EXIT.stopped;
      }
      const cleared = clearRuns(store, { who: whoRunsThis(), now: context.now() });
      if (options.json) printJson(context, cleared);
      else note(context.terminal, `deleted ${describe(cleared)}`);
      return EXIT.ok;
    } finally {
      ownership.release();
    }
  } finally {
    store.close();
  }
}

function confirmed(rows: Cleared, database: string): boolean {
  if (!Deno.stdin.isTerminal()) {
    throw new TaskerError("USAGE", "there is nobody to ask whether to delete", {
      hint: "--yes deletes without asking",
    });
  }
  return confirm(`Delete ${describe(rows)} from ${database}?`);
}

function describe(rows: Cleared): string {
  return [
    plural(rows.task_runs, "run"),
    plural(rows.stack_runs, "frame"),
    plural(rows.records, "record"),
    plural(rows.logs, "log line"),
  ].join(", ");
}

async function owned(database: string, context: Context, pid: number): Promise<TaskerError> {
  const address = await context.readAddress(database);
  return new TaskerError(
    "NOT_OWNER",
    `the tasker process ${address?.pid ?? pid} owns ${database} and works on it: nothing was deleted`,
    {
      hint: "stop that process first",
    },
  );
}
