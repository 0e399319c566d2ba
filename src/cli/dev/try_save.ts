import { TaskerError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import type { Store } from "../../store/store.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import type { Interrupts } from "../interrupts.ts";
import { note } from "../output/errors.ts";
import { readingRunsIfThere } from "../reading.ts";
import { shortId } from "../run_lookup.ts";
import { runLive } from "./live_run.ts";
import type { SavedTask } from "./saved_task.ts";
import { type Tell, Trial } from "./trial.ts";

export interface TryOptions {
  readonly database: string;
  readonly file: string;
  /** The earlier run; undefined: the task's newest one, if there is any. */
  readonly against: string | undefined;
  /** Undefined: that of the earlier run. */
  readonly input: Json | undefined;
  /** Whether calls without a recorded answer are made. */
  readonly live: boolean;
}

export interface Tried {
  readonly exitCode: ExitCode;
  /** The run that was made for real. */
  readonly run?: string;
}

/**
 * Runs saved code with the recorded answers of an earlier run, which reads only, and tells what it does. With `live`, code that
 * needs more is run for real and tried with the answers of that run.
 */
export async function trySave(
  options: TryOptions,
  saved: SavedTask,
  context: Context,
  tell: Tell,
  interrupts: Interrupts,
): Promise<Tried> {
  const { built } = saved;
  const { database, live } = options;
  if (!live || built instanceof TaskerError) {
    const trial = new Trial({ options, saved, context, tell });
    return { exitCode: await withStore(context, database, (store) => trial.play(store)) };
  }
  const told: Parameters<Tell>[] = [];
  const trial = new Trial({ options, saved, context, tell: (...event) => told.push(event) });
  const exitCode = await withStore(context, database, (store) => trial.play(store));
  if (trial.needs === undefined) {
    for (const event of told) tell(...event);
    return { exitCode };
  }
  const { earlier, input } = trial.needs;
  const { id: run, hasEnded } = await runLive({ database, built, earlier, input, interrupts }, context);
  if (!hasEnded) {
    note(context.terminal, `run ${run} has not ended: \`tasker resume ${shortId(run)}\` lets it go on`);
    return { exitCode: EXIT.stopped, run };
  }
  const again = new Trial({ options, saved, context, tell, made: { run, earlier } });
  return { exitCode: await withStore(context, database, (store) => again.play(store)), run };
}

/** A database that is not there yet has no answers. */
async function withStore<T>(
  context: Context,
  path: string,
  work: (store: Store | undefined) => Promise<T>,
): Promise<T> {
  const done = await readingRunsIfThere(context, path, undefined, async (store) => ({ value: await work(store) }));
  return done === undefined ? await work(undefined) : done.value;
}
