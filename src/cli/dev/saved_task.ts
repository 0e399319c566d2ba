import { TaskerError } from "../../core/errors.ts";
import { resolvePath } from "../../publish/modules.ts";
import type { BuiltTask } from "../../publish/publish.ts";
import { buildCodeFile } from "../code_file.ts";
import type { Context } from "../context.ts";

/** A task as its files are at a moment. */
export interface SavedTask {
  /** The text of each file that was looked for, by path; undefined when it is not there. */
  readonly files: ReadonlyMap<string, string | undefined>;
  /** The task, or why it is none: PUBLISH_REFUSED, or NOT_FOUND when its file is gone. */
  readonly built: BuiltTask | TaskerError;
}

/** Reads and builds a task, and keeps what was read: a line that is shown later is that of the code that ran. */
export async function readSavedTask(file: string, context: Pick<Context, "readFile">): Promise<SavedTask> {
  const files = new Map<string, string | undefined>();
  const keeping = (read: (path: string) => Promise<string>) => async (path: string) => {
    files.set(pathOf(path), undefined);
    const text = await read(path);
    files.set(pathOf(path), text);
    return text;
  };
  const entry = { readFile: keeping((path) => context.readFile(path)) };
  try {
    return { files, built: await buildCodeFile(file, entry, keeping((path) => Deno.readTextFile(path))) };
  } catch (error) {
    if (!(error instanceof TaskerError)) throw error;
    return { files, built: error };
  }
}

/** Whether nothing was saved between two readings. */
export function isSameText(one: SavedTask, other: SavedTask): boolean {
  return one.files.size === other.files.size &&
    [...one.files].every(([path, text]) => other.files.has(path) && other.files.get(path) === text);
}

/** A path in one spelling: as in stack traces, and as imports lead to it. */
export function pathOf(path: string): string {
  return resolvePath("", path.replaceAll("\\", "/"));
}
