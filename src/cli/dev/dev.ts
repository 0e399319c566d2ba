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
import type { Tell } from "./trial.ts";
import { type TryOptions, trySave } from "./try_save.ts";

export type DevFlags = {
  readonly watch?: boolean;
  readonly live?: boolean;
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
    const { against, watch = false, live = false, json = false } = given;
    return await run({ database, file: file!, against, input, live, watch, json }, context);
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
  const stop: Promise<undefined> = interrupts.next().then(() => undefined);
  let { against } = options;
  /** With the answers of the run that was made for real last; undefined when the process is told to stop. */
  const save: Save = async (saved) => {
    const trying = trySave({ ...options, against }, saved, context, tell, interrupts);
    // A run that is made for real hears of it by itself: it is held.
    const tried = await (options.live ? trying : Promise.race([stop, trying]));
    against = tried?.run ?? against;
    return tried?.exitCode;
  };
  try {
    if (options.watch) return await watchAndTry(options.file, context, save, stop);
    return await save(await readSavedTask(options.file, context)) ?? EXIT.stopped;
  } finally {
    interrupts.dispose();
  }
}

type Save = (saved: SavedTask) => Promise<ExitCode | undefined>;

/** Tries each save until the process is told to stop. */
async function watchAndTry(file: string, context: Context, save: Save, stop: Promise<undefined>): Promise<ExitCode> {
  using watch = new FileWatch();
  let saved: SavedTask | undefined;
  for (;;) {
    const now = await readSavedTask(file, context);
    if (isGone(now)) {
      if (saved === undefined) throw now.built;
      if (!isGone(saved)) note(context.terminal, `${now.built.message}: waiting until it is there again`);
    } else if (saved === undefined || !isSameText(saved, now)) {
      if (await save(now) === undefined) return EXIT.ok;
      if (saved === undefined) note(context.terminal, watching(now));
    }
    saved = now;
    // What changed while nothing was heard is seen when it is read once more.
    if (await watch.cover(new Set([file, ...now.files.keys()]))) continue;
    if (await Promise.race([stop, watch.changed().then(() => true)]) === undefined) return EXIT.ok;
  }
}

/** A file that is gone in the middle of the work comes back: many editors save it so. */
function isGone(saved: SavedTask): saved is SavedTask & { built: TaskerError } {
  return saved.built instanceof TaskerError && saved.built.code !== "PUBLISH_REFUSED";
}

function watching({ files }: SavedTask): string {
  const [file] = files.keys();
  const imports = [...files.values()].filter((text) => text !== undefined).length - 1;
  return `watching ${file}${imports > 0 ? ` and ${plural(imports, "file")} that it imports` : ""}; Ctrl-C stops`;
}
