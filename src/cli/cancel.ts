import { isRunEnded } from "../core/states.ts";
import type { RunView } from "../server/api.ts";
import { command, type Run } from "./command.ts";
import type { Context } from "./context.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { dbFlag, jsonFlag } from "./flags.ts";
import { followRun } from "./follow.ts";
import { note } from "./output/errors.ts";
import { printJson, reading } from "./reading.ts";
import { findRun, shortId } from "./run_lookup.ts";
import { Session } from "./session.ts";
import { TaskerError } from "../core/errors.ts";

export interface CancelOptions {
  readonly database: string;
  readonly run: string;
  readonly json: boolean;
}

interface Flags {
  readonly json?: boolean;
  readonly db?: string;
}

export const cancelCommand = command<Flags>({
  brief: "Cancel a run; what it has kept stays",
  flags: { ...jsonFlag, ...dbFlag },
  positional: [{ placeholder: "run", brief: "Id, unique part of one, or last" }],
  load: () => Promise.resolve(parse),
});

const parse: Run<Flags> = (context, flags, [runId]) =>
  run({ database: context.databasePath(flags.db), run: runId!, json: flags.json ?? false }, context);

export async function run(options: CancelOptions, context: Context): Promise<ExitCode> {
  const { database } = options;
  const id = await reading(context, database, (store) => {
    const found = findRun(store, options.run);
    if (!isRunEnded(found.status)) return found.id;
    throw new TaskerError("CONFLICT", `run ${shortId(found.id)} is ${found.status} already`, {
      hint: `\`tasker show ${shortId(found.id)}\` shows it`,
    });
  });
  const session = new Session(context, { database, owner: {}, note: (text) => note(context.terminal, text) });
  try {
    const client = await session.client();
    let view: RunView = await client.cancel(id);
    // Its clean-up code may still be at work.
    if (!isRunEnded(view.status)) {
      const ended = await followRun({
        session,
        database,
        runId: id,
        onView: () => {},
        onLost: () => {},
        signal: new AbortController().signal,
      });
      view = ended ?? view;
    }
    if (options.json) printJson(context, view);
    else {note(
        context.terminal,
        view.status === "cancelled" ? `run ${view.id} is cancelled` : `run ${view.id} ended first: ${view.status}`,
      );}
    return EXIT.ok;
  } finally {
    await session.stop();
  }
}
