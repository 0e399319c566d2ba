import { TaskerError } from "../core/errors.ts";
import { checkCopy, copyDatabase, putInPlace } from "./copy_database.ts";
import { asTaskerError } from "./file_errors.ts";
import type { Store } from "./store.ts";

/** What a backup holds. */
export interface Backup {
  readonly path: string;
  readonly bytes: number;
  /** Version of the file's tables. */
  readonly fileVersion: number;
  /** Rows by table. */
  readonly rows: Readonly<Record<string, number>>;
  /** Runs that had not ended: the calls that they make after this moment are not in it. */
  readonly unfinished: number;
}

/**
 * Writes all that is committed at this moment into one file (0600), while whoever owns the database goes on: it appears under
 * its name when it is whole, checked and on the disk. Throws CONFLICT when there is a file that is not to be replaced.
 */
export function backUp(store: Store, path: string, options: { replace: boolean }): Backup {
  refuseTarget(path, { database: store.db.path, replace: options.replace });
  const fresh = `${path}.${Deno.pid}.part`;
  try {
    Deno.openSync(fresh, { createNew: true, write: true, mode: 0o600 }).close();
    const { db } = store;
    // Reading alone holds up nobody: what is committed meanwhile goes into the log.
    db.exec("BEGIN");
    let rows: Map<string, number>;
    let unfinished: number;
    try {
      rows = copyDatabase(db, fresh);
      unfinished = store.taskRuns.unfinished().length;
    } finally {
      db.exec("COMMIT");
    }
    checkCopy(fresh, rows);
    const bytes = Deno.statSync(fresh).size;
    putInPlace(fresh, path);
    const fileVersion = Number(Object.values(db.prepare("PRAGMA user_version").get()!)[0]);
    return { path, bytes, fileVersion, rows: Object.fromEntries(rows), unfinished };
  } catch (error) {
    removeIfThere(fresh);
    const meant = asTaskerError(path, error);
    if (meant instanceof TaskerError) throw meant;
    throw unwritable(path, error);
  }
}

/** Throws CONFLICT for a file that is there and not to be replaced, USAGE for the database itself. */
export function refuseTarget(path: string, { database, replace }: { database: string; replace: boolean }): void {
  if (!replace && exists(path)) {
    throw new TaskerError("CONFLICT", `there is a file ${path} already`, {
      hint: "name another file, or give --force to replace it",
    });
  }
  if (isSameFile(path, database)) {
    throw new TaskerError("USAGE", `${path} is the database itself`, { hint: "name another file" });
  }
}

/** What the file system said of a file that was to be written. */
export function unwritable(path: string, cause: unknown): TaskerError {
  return new TaskerError("USAGE", `${path} cannot be written: ${cause instanceof Error ? cause.message : cause}`, {
    hint: "name a file in a folder that is there and that you may write to",
    cause,
  });
}

export function isSameFile(one: string, other: string): boolean {
  return exists(one) && exists(other) && Deno.realPathSync(one) === Deno.realPathSync(other);
}

export function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

export function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
