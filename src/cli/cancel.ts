import { isRunEnded } from "../core/states.ts";
import type { RunView } from "../server/api.ts";
import { command, type Run } from "./command.ts";
import type { Context } from "./context.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { dbFlag, jsonFlag } from "./flags.ts";
import { followRun } from "./follow.ts";
import { forTerminal } from "../mail/safe_text.ts";
import { formatUntil } from "./output/times.ts";
import { note } from "./output/errors.ts";
import { printJson, reading } from "./reading.ts";
import { findGoingOn, shortId } from "./run_lookup.ts";
import { Session } from "./session.ts";
import { TaskerError } from "../core/errors.ts";

/** How what became of a cancelled run begins. */
const CANCELLED = "the run was cancelled";

export interface CancelOptions {
  readonly database: string;
  readonly run: string;
  /** Without its clean-up. */
  readonly now: boolean;
  readonly json: boolean;
}

interface Flags {
  readonly now?: boolean;
  readonly json?: boolean;
  readonly db?: string;
}

export const cancelCommand = command<Flags>({
  brief: "Cancel a run, and wait until it has cleaned up; what it has kept stays",
  flags: {
    now: { kind: "boolean", optional: true, withNegated: false, brief: "End it at once, without its clean-up" },
    ...jsonFlag,
    ...dbFlag,
  },
  positional: [{ placeholder: "run", brief: "Id, unique part of one, or last" }],
  load: () => Promise.resolve(parse),
});

const parse: Run<Flags> = (context, flags, [runId]) =>
  run(
    { database: context.databasePath(flags.db), run: runId!, now: flags.now ?? false, json: flags.json ?? false },
    context,
  );

export async function run(options: CancelOptions, context: Context): Promise<ExitCode> {
  const { database } = options;
  const id = await reading(context, database, (store) => {
    const found = findGoingOn(store, options.run);
    if (!isRunEnded(found.status)) return found.id;
    throw new TaskerError("CONFLICT", `run ${shortId(found.id)} is ${found.status} already`, {
      hint: `\`tasker show ${shortId(found.id)}\` shows it`,
    });
  });
  const session = new Session(context, { database, owner: {}, note: (text) => note(context.terminal, text) });
  try {
    let view: RunView = await cancelled(session, id, options.now);
    if (!isRunEnded(view.status)) {
      const until = formatUntil(view.cleanUpUntil!, context.now());
      note(context.terminal, `run ${shortId(id)} cleans up, until ${until} at most`);
      const ended = await followRun({
        session,
        database,
        runId: id,
        onView: () => {},
        onLost: () => note(context.terminal, "the process that owned the database has gone; the run goes on"),
        signal: new AbortController().signal,
      });
      view = ended ?? view;
    }
    if (options.json) printJson(context, view);
    else {note(
        context.terminal,
        view.status === "cancelled"
          ? forTerminal(`run ${view.id} is cancelled${view.error?.message.slice(CANCELLED.length) ?? ""}`)
          : `run ${view.id} ended first: ${view.status}`,
      );}
    return EXIT.ok;
  } finally {
    await session.stop();
  }
}

/** Cancels it once: when an owner died without an answer, the run may have ended by that. */
async function cancelled(session: Session, id: string, now: boolean): Promise<RunView> {
  return await session.ask(async (client) => {
    try {
      return await client.cancel(id, { now });
    } catch (error) {
      if (!(error instanceof TaskerError) || error.code !== "CONFLICT") throw error;
      const view = await client.status(id);
      return view.chain === null ? view : await client.status(view.chain.last);
    }
  });
}
