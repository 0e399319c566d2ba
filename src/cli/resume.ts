import { TaskerError } from "../core/errors.ts";
import { isRunEnded } from "../core/states.ts";
import { whoRunsThis } from "../server/who.ts";
import type { Run } from "./command.ts";
import type { Context } from "./context.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import type { FollowFlags, Format, OwnerFlags } from "./flags.ts";
import { followAll } from "./follow_all.ts";
import { Interrupts } from "./interrupts.ts";
import { note } from "./output/errors.ts";
import { plural } from "./output/numbers.ts";
import { checkResultOutput } from "./output/run_outcome.ts";
import { findGoingOn, shortId } from "./run_lookup.ts";
import { Session } from "./session.ts";
import { type FollowOptions, followOptions } from "./submit_and_follow.ts";

export interface ResumeOptions extends FollowOptions {
  readonly database: string;
  /** undefined: all that are held or unfinished. */
  readonly run: string | undefined;
  /** Whether it goes on with the newest version of its task. */
  readonly latest: boolean;
}

export type ResumeFlags = OwnerFlags & FollowFlags & {
  latest?: boolean;
  db?: string;
  format?: Format;
  json?: boolean;
  output?: string;
};

export const parse: Run<ResumeFlags> = (context, flags, [runId]) =>
  run({
    database: context.databasePath(flags.db),
    run: runId,
    latest: flags.latest ?? false,
    ...followOptions(flags),
  }, context);

export async function run(options: ResumeOptions, context: Context): Promise<ExitCode> {
  if (options.latest && options.run === undefined) {
    throw new TaskerError("USAGE", "--latest is about one run", { hint: "name it: tasker resume RUN --latest" });
  }
  const ids = await runsToResume(options, context);
  if (ids.length === 0) {
    if (!options.quiet) note(context.terminal, "no run is held or unfinished");
    return EXIT.ok;
  }
  if (ids.length > 1 && options.output !== undefined) {
    throw new TaskerError("USAGE", `--output is one file, and ${ids.length} runs go on`, { hint: "name one run" });
  }
  await checkResultOutput(options.output);
  const interrupts = new Interrupts();
  const session = new Session(context, {
    database: options.database,
    owner: options.owner,
    note: (text) => options.quiet || note(context.terminal, text),
  });
  try {
    if (options.latest) await upgrade(session, ids[0]!);
    for (const id of ids) {
      // A run that is not held goes on by itself; one that ended in the meantime is shown as it ended.
      await session.ask(async (client) => (await client.status(id)).status === "held" && await client.resume(id));
    }
    return await followAll({ ...options, runIds: ids, session, interrupts }, context);
  } finally {
    await session.stop();
    interrupts.dispose();
  }
}

/** Holds a run that is at work until it has its new version; one that does not fit lets it go on as it was. */
async function upgrade(session: Session, id: string): Promise<void> {
  const wasHeld = await session.ask(async (client) => (await client.status(id)).status === "held");
  if (!wasHeld) await session.ask((client) => client.hold(id));
  try {
    await session.ask((client) => client.upgrade({ id, by: whoRunsThis() }));
  } catch (error) {
    if (!wasHeld) await session.ask((client) => client.resume(id));
    throw error;
  }
}

async function runsToResume(options: ResumeOptions, context: Context): Promise<string[]> {
  const store = await context.openStore(options.database, { create: false });
  try {
    if (options.run === undefined) {
      const runs = store.taskRuns.unfinished().filter(({ parentRun }) => parentRun === null);
      if (runs.length > 1 && !options.quiet) {
        note(
          context.terminal,
          `${plural(runs.length, "run")} to go on with: ${runs.map(({ id }) => shortId(id)).join(", ")}`,
        );
      }
      return runs.map(({ id }) => id);
    }
    const found = findGoingOn(store, options.run);
    if (isRunEnded(found.status)) {
      throw new TaskerError("CONFLICT", `run ${shortId(found.id)} is ${found.status}: there is nothing to go on with`, {
        hint: `\`tasker show ${shortId(found.id)}\` and \`tasker records ${shortId(found.id)}\` show what it left`,
      });
    }
    return [found.id];
  } finally {
    store.close();
  }
}
