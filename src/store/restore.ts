import { DatabaseSync } from "node:sqlite";
import { TaskerError } from "../core/errors.ts";
import { exists, removeIfThere } from "./backup.ts";
import { checkCopy, copyDatabase, putInPlace, syncFolderOf } from "./copy_database.ts";
import { lookAt, type Row } from "./database.ts";
import { asTaskerError } from "./file_errors.ts";

/** How long other processes may take to let go of the file that is replaced, ms. */
const BUSY_TIMEOUT = 2_000;

/**
 * Copies a backup to where it may be opened and changed: beside the database that it is to become. Gives its name. Throws
 * NOT_FOUND, and DATABASE_UNUSABLE when it is none of tasker's, damaged, or newer than this program.
 */
export function takeBackup(backup: string, database: string): string {
  if (!exists(backup)) {
    throw new TaskerError("NOT_FOUND", `there is no file ${backup}`, {
      hint: "name one that `tasker backup` has written",
    });
  }
  if (lookAt(backup) === 0) throw new TaskerError("DATABASE_UNUSABLE", `${backup} is empty`, { hint: OTHER });
  const fresh = `${database}.${Deno.pid}.part`;
  try {
    Deno.mkdirSync(fresh.replace(/[^/]*$/, "") || ".", { recursive: true, mode: 0o700 });
    Deno.openSync(fresh, { createNew: true, write: true, mode: 0o600 }).close();
    const from = new DatabaseSync(backup, { readOnly: true });
    try {
      from.exec("BEGIN");
      const problem = String(Object.values(from.prepare("PRAGMA integrity_check(1)").get() as Row)[0]);
      if (problem !== "ok") {
        throw new TaskerError("DATABASE_UNUSABLE", `${backup} is damaged: ${problem}`, { hint: OTHER });
      }
      checkCopy(fresh, copyDatabase(from, fresh));
    } finally {
      from.close();
    }
    return fresh;
  } catch (error) {
    dropCopy(fresh);
    throw asTaskerError(backup, error);
  }
}

const OTHER = "restore another backup; this one was left as it is";

/** Removes a copy that did not become the database. */
export function dropCopy(fresh: string): void {
  for (const suffix of ["", "-wal", "-shm"]) removeIfThere(fresh + suffix);
}

/**
 * Puts a copy in the place of a database, which is kept under another name; for who holds the file's ownership. Throws
 * DATABASE_BUSY when another process has the database open.
 */
export function replaceDatabase(path: string, fresh: string, keptAs: string): void {
  letGoOfLog(fresh);
  if (exists(path) && letGoOfLog(path)) keepUnderBothNames(path, keptAs);
  else {
    const parts = ["-wal", "-shm", ""].filter((suffix) => exists(path + suffix));
    for (const suffix of parts) Deno.renameSync(path + suffix, keptAs + suffix);
  }
  putInPlace(fresh, path);
}

/**
 * Puts the log into the file and removes it: it would be taken for the log of the file that comes in its place. False when
 * the file is damaged, and goes with its log as it is.
 */
function letGoOfLog(path: string): boolean {
  try {
    lookAt(path);
  } catch (error) {
    if (error instanceof TaskerError && error.code === "DATABASE_UNUSABLE") return false;
    throw error;
  }
  const db = new DatabaseSync(path);
  try {
    db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT}`);
    // Only who has the file alone may do so.
    const mode = Object.values(db.prepare("PRAGMA journal_mode = DELETE").get() as Row)[0];
    if (mode !== "delete") {
      throw new TaskerError("DATABASE_BUSY", `another process has ${path} open`, { hint: TRY_AGAIN });
    }
    return true;
  } catch (error) {
    const meant = asTaskerError(path, error);
    if (!(meant instanceof TaskerError) || meant.code !== "DATABASE_BUSY") throw meant;
    throw new TaskerError("DATABASE_BUSY", `another process has ${path} open`, { hint: TRY_AGAIN, cause: error });
  } finally {
    db.close();
  }
}

const TRY_AGAIN = "end it, and try again";

/** So that there is a database under its name at every moment. */
function keepUnderBothNames(path: string, keptAs: string): void {
  try {
    Deno.linkSync(path, keptAs);
  } catch {
    // A file system without hard links.
    Deno.renameSync(path, keptAs);
  }
  syncFolderOf(keptAs);
}
