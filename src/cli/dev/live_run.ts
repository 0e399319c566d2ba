import { uuidv7 } from "uuidv7";
import type { Json } from "../../core/json.ts";
import type { BuiltTask } from "../../publish/publish.ts";
import { whoRunsThis } from "../../server/who.ts";
import { attend } from "../attend.ts";
import type { Context } from "../context.ts";
import { DEFAULT_PATIENCE } from "../flags.ts";
import type { Interrupts } from "../interrupts.ts";
import { note } from "../output/errors.ts";
import { Session } from "../session.ts";

export interface LiveRunParams {
  readonly database: string;
  readonly built: BuiltTask;
  /** Whose results it uses, by its id. */
  readonly earlier: string | undefined;
  /** Undefined: that of the earlier run. */
  readonly input: Json | undefined;
  readonly interrupts: Interrupts;
}

/**
 * Runs code for real, whoever owns the database, and follows it to its end; its code is kept as a draft. Calls that the earlier
 * run has had results for are not made again. Gives its id, and whether it has come to its end.
 */
export async function runLive(params: LiveRunParams, context: Context): Promise<{ id: string; hasEnded: boolean }> {
  const { database, built, earlier, input, interrupts } = params;
  const draft = await draftOf(params, context);
  const session = new Session(context, { database, owner: {}, note: (text) => note(context.terminal, text) });
  try {
    const given = { ...(input === undefined ? {} : { input }), ...(draft === undefined ? {} : { draft }) };
    const run = { id: uuidv7(), ...given, by: whoRunsThis(), reason: "tasker dev" };
    const { taskRunId: id } = await session.ask((client) =>
      earlier === undefined
        ? client.submit({ ...run, taskName: built.name, input: input ?? {} })
        : client.fork({ ...run, run: earlier, from: 1, answers: true, latest: draft === undefined })
    );
    note(context.terminal, `run ${id}: calls without a recorded answer are made for real`);
    const followed = { context, session, database, interrupts, patience: DEFAULT_PATIENCE, quiet: false };
    const { views } = await attend({ ...followed, runIds: [id] });
    return { id, hasEnded: views.some(({ endedAt }) => endedAt !== null) };
  } finally {
    await session.stop();
  }
}

/** Keeps the code as a draft, unless it is the newest version already. */
async function draftOf({ database, built }: LiveRunParams, context: Context): Promise<string | undefined> {
  const store = await context.openStore(database);
  try {
    if (store.taskFunctions.latest(built.name)?.hash === built.hash) return undefined;
    return store.taskFunctions.keepDraft(built, { now: context.now() });
  } finally {
    store.close();
  }
}
