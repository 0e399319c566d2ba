import { TaskerError } from "../../core/errors.ts";
import type { Run } from "../command.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { Interrupts } from "../interrupts.ts";
import { note } from "../output/errors.ts";
import { jsonText } from "../output/json.ts";
import { plural } from "../output/numbers.ts";
import { inputOf } from "../run.ts";
import { inputFromFlags, type TaskFlag } from "../task_flags.ts";
import type { KnownTask } from "../tasks.ts";
import { FileWatch } from "./file_watch.ts";
import { renderDevEvent } from "./render.ts";
import { isSameText, readSavedTask, type SavedTask } from "./saved_task.ts";
import { type Tell, type TryOptions, trySave } from "./try_save.ts";

export type DevFlags = {
  readonly watch?: boolean;
  readonly against?: string;
  readonly input?: string;
  readonly json?: boolean;
  readonly db?: string;
} & Readonly<Record<string, unknown>>;

export interface DevOptions extends TryOptions {
  readonly watch: boolean;
  readonly json: boolean;
}

/** `tasker dev FILE`, from its flags; `task` is what the file was when they were read, undefined when it was none. */
export function dev(task: KnownTask | undefined, flags: readonly TaskFlag[]): Run<DevFlags> {
  return async (context, given, [file]) => {
    const database = context.databasePath(given.db);
    const isGiven = given.input !== undefined || Object.keys(inputFromFlags(flags, given)).length > 0;
    const input = task !== undefined && isGiven ? await inputOf({ task, flags, database, given }, context) : undefined;
    const { against, watch = false, json = false } = given;
    return await run({ database, file: file!, against, input, watch, json }, context);
  };
}

export async function run(options: DevOptions, context: Context): Promise<ExitCode> {
  const { terminal } = context;
  let tries = 0;
  const tell: Tell = (event, place) => {
    if (options.json) return terminal.out(`${jsonText(event)}\n`);
    const apart = event.event === "code" && tries++ > 0 ? "\n" : "";
    terminal.out(apart + renderDevEvent(event, place, terminal.color.out));
  };
  const interrupts = new Interrupts();
  const interrupted = interrupts.next();
  try {
    if (options.watch) {
      return await Promise.race([
        watchAndTry(options, context, tell),
        interrupted.then(() => EXIT.ok),
      ]);
    }
    const saved = await readSavedTask(options.file, context);
    return await Promise.race([trySave(options, saved, context, tell), interrupted.then(() => EXIT.stopped)]);
  } finally {
    interrupts.dispose();
  }
}

/** Tries each save until the process is told to stop. */
async function watchAndTry(options: DevOptions, context: Context, tell: Tell): Promise<never> {
  const { file } = options;
  using watch = new FileWatch();
  let saved: SavedTask | undefined;
  for (;;) {
    const now = await readSavedTask(file, context);
    if (saved === undefined || !isSameText(saved, now)) {
      await tryOrWait(options, now, saved === undefined, context, tell);
      if (saved === undefined) note(context.terminal, watching(now));
      saved = now;
    }
    // What changed while nothing was heard is seen when it is read once more.
    if (await watch.cover(new Set([file, ...now.files.keys()]))) continue;
    await watch.changed();
  }
}

/** A file that is gone in the middle of the work comes back: nothing is said of it but that. */
async function tryOrWait(
  options: DevOptions,
  saved: SavedTask,
  isFirst: boolean,
  context: Context,
  tell: Tell,
): Promise<void> {
  const isGone = saved.built instanceof TaskerError && saved.built.code !== "PUBLISH_REFUSED";
  if (!isGone) await trySave(options, saved, context, tell);
  else if (isFirst) throw saved.built;
  else note(context.terminal, `${(saved.built as TaskerError).message}: waiting until it is there again`);
}

function watching({ files }: SavedTask): string {
  const [file] = files.keys();
  const imports = [...files.values()].filter((text) => text !== undefined).length - 1;
  return `watching ${file}${imports > 0 ? ` and ${plural(imports, "file")} that it imports` : ""}; Ctrl-C stops`;
}
