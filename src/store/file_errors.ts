import { TaskerError } from "../core/errors.ts";

/** Turns SQLite's and the file system's errors about the file itself into TaskerErrors; lets all others pass. */
export function reporting<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asTaskerError(path, error);
  }
}

/** What it means that SQLite can make nothing of a statement that this program has. */
export function notUnderstood(path: string, error: unknown): unknown {
  const meant = asTaskerError(path, error);
  if (meant instanceof TaskerError || (error as { code?: unknown }).code !== "ERR_SQLITE_ERROR") return meant;
  // Deno 2.4 says no more than "failed to prepare statement".
  return new TaskerError(
    "DATABASE_UNUSABLE",
    `${path} does not have the tables that this program needs: ${(error as Error).message}`,
    {
      hint: "it is damaged, or was made by an unfinished version of tasker: restore it from a backup or name another " +
        "file with --db",
      cause: error,
    },
  );
}

/** What SQLite's error about a file means; any other error as it is. `todo`: the hint about a file that is damaged. */
export function asTaskerError(path: string, error: unknown, todo?: string): unknown {
  if (error instanceof TaskerError || !(error instanceof Error)) return error;
  const code = (error as { errcode?: number }).errcode;
  const primary = code === undefined ? undefined : code & 0xff;
  const text = error.message;
  const means = (errcode: number, words: RegExp) => primary === errcode || (primary === undefined && words.test(text));
  if (means(13, /database or disk is full|No space left on device|quota exceeded|File too large/)) {
    return new TaskerError("DATABASE_UNUSABLE", `the disk is full: nothing more could be written to ${path}`, {
      hint: "free some space, then run `tasker resume`: everything committed so far is safe",
      cause: error,
    });
  }
  if (means(5, /database is locked/)) {
    return new TaskerError("DATABASE_BUSY", `another process keeps ${path} locked`, {
      hint: "try again; `tasker debug db` names the process that owns the file",
      cause: error,
    });
  }
  if (means(10, /disk I\/O/)) {
    // Also what SQLite says when there is no space for its shared memory, or a limit of file size is reached.
    return new TaskerError("DATABASE_UNUSABLE", `${path} or a file beside it could not be read or written: ${text}`, {
      hint: "look whether the disk is full or failing, then run `tasker resume`: everything committed so far is safe",
      cause: error,
    });
  }
  if (/too large to be represented as a JavaScript number/.test(text)) {
    return unusable(path, new Error("it is damaged: a number in it is none that this program writes"));
  }
  if (
    means(11, /malformed/) || means(26, /not a database/) || means(14, /unable to open/) || means(8, /readonly/)
  ) {
    return unusable(path, error, todo);
  }
  return error;
}

/** Of a file that must be put right by somebody. `hint`: what to do about it. */
export function unusable(
  path: string,
  error: unknown,
  hint = "restore it from a backup or name another file with --db; `tasker debug db` checks the whole file",
): TaskerError {
  const reason = error instanceof Error ? error.message : String(error);
  return new TaskerError("DATABASE_UNUSABLE", `${path} cannot be used: ${reason}`, {
    hint,
    cause: error,
  });
}
