import { DatabaseSync, type StatementSync } from "node:sqlite";
import { TaskerError } from "../core/errors.ts";
import { checkCopy, copyDatabase, putInPlace } from "./copy_database.ts";
import { asTaskerError, notUnderstood, reporting, unusable } from "./file_errors.ts";
import { apply, makeTables, migrations } from "./migrations/migrations.ts";
import { missingPart } from "./migrations/missing.ts";
import { RUN_FILE_ID, RunFileGiven } from "./run_file/format.ts";
import { LateStatement, type Statement } from "./statement.ts";

/** "task" in ASCII: `PRAGMA application_id` of a tasker file. */
const APPLICATION_ID = 0x7461736b;
/** How long a statement waits for another process's transaction, ms. */
const BUSY_TIMEOUT = 10_000;

const LOG_ALONE = "restore the file that belongs to the log, or move the log away to begin anew";
/** What to do about a file that was refused when it was opened. */
const LEFT_AS_IT_IS = "restore it from a backup or name another file with --db; this one was left as it is";

export type Row = Record<string, unknown>;
export type Bindable = null | number | bigint | string | Uint8Array;

/** That a file was changed to what this program needs, and where it is kept as it was. */
export interface Migrated {
  readonly from: number;
  readonly to: number;
  /** Path; undefined when it was not to be kept. */
  readonly keptAs: string | undefined;
}

/** An open file with its migrations done. */
export interface Database {
  readonly path: string;
  /**
   * Prepared once, at its first use. A limit that is bound is written `LIMIT ? + 0`: with a bare parameter SQLite plans the
   * statement anew at each use.
   */
  prepare(sql: string): Statement;
  /** Runs `work` in one write transaction. With `durable: false` the commit survives a kill but not a loss of power. */
  transaction<T>(work: () => T, options?: { durable?: boolean }): T;
  /** All that `work` reads is of one moment, whatever others write meanwhile; it writes nothing. */
  snapshot<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Runs a part of a transaction that may fail alone: what it wrote is undone and its error thrown. Throws
   * DATABASE_UNUSABLE or DATABASE_BUSY when the whole transaction has failed with it.
   */
  savepoint<T>(work: () => T): T;
  /** What an unexpected error means: DATABASE_UNUSABLE when the file turns out to be damaged, for which it is read whole. */
  explain(error: unknown): Error;
  /** Set when opening it has changed an older file. */
  readonly migrated: Migrated | undefined;
  /** Whether a transaction is open. */
  readonly inTransaction: boolean;
  exec(sql: string): void;
  close(): void;
}

export interface OpenOptions {
  /** Whether it is made when it is not there; yes when absent. */
  readonly create?: boolean;
  /** Whether an older file is kept beside it before it is changed; yes when absent. */
  readonly keepOlder?: boolean;
}

/**
 * Opens the file, making it (0600, folder 0700) when it is not there.
 * Throws DATABASE_UNUSABLE when it is no tasker file, is corrupt, newer than this program, or cannot be read; it is left as it was.
 */
export function openDatabase(path: string, options: OpenOptions = {}): Database {
  // The log first: where one is, its file has been begun before. The other way round another process could make both in between.
  const hasLog = (fileSize(`${path}-wal`) ?? 0) > 0;
  const size = fileSize(path);
  // SQLite would delete the log, and what was committed last with it.
  if (hasLog && !size) throw unusable(path, new Error(`all that is left is its log, ${path}-wal`), LOG_ALONE);
  if (size === undefined && options.create === false) {
    throw new TaskerError("NOT_FOUND", `there is no database at ${path}`, {
      hint: "run a task first, or name another file with --db",
    });
  }
  if (size === undefined) createPrivately(path);
  if (hasLog) lookAt(path);
  const db = reporting(path, () => new DatabaseSync(path));
  let migrated: Migrated | undefined;
  try {
    db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT}`);
    atOneMoment(db, () => checkFile(db, path));
    db.exec("PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF");
    // The mode is written into the file. One that is refused, now or by its migration, is left as it was.
    if (!size) useLog(db, path);
    migrated = migrate(db, path, options.keepOlder ?? true);
    useLog(db, path);
    db.exec("PRAGMA foreign_keys = ON");
  } catch (error) {
    db.close();
    throw refusal(path, error);
  }
  return wrap(db, path, migrated);
}

/** For the lock that this takes SQLite does not wait by itself: another process may be making the same file. */
function useLog(db: DatabaseSync, path: string): void {
  const deadline = performance.now() + BUSY_TIMEOUT;
  for (;;) {
    try {
      return db.exec("PRAGMA journal_mode = WAL");
    } catch (error) {
      const meant = asTaskerError(path, error);
      const isBusy = meant instanceof TaskerError && meant.code === "DATABASE_BUSY";
      if (!isBusy || performance.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

function refusal(path: string, error: unknown): TaskerError {
  const meant = asTaskerError(path, error, LEFT_AS_IT_IS);
  // Deno 2.4 does not say what is wrong with a file whose schema cannot be read.
  return meant instanceof TaskerError ? meant : unusable(path, error, LEFT_AS_IT_IS);
}

/** Bytes; undefined when there is no such file. */
function fileSize(path: string): number | undefined {
  let info: Deno.FileInfo;
  try {
    info = Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw unusable(path, error, LEFT_AS_IT_IS);
  }
  if (!info.isFile) throw unusable(path, new Error("it is no file"), LEFT_AS_IT_IS);
  return info.size;
}

/**
 * Checks a file through a connection that cannot write: another one puts the log into it when it is closed. Gives its version,
 * 0 for an empty one.
 */
export function lookAt(path: string): number {
  const db = reporting(path, () => new DatabaseSync(path, { readOnly: true }));
  try {
    db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT}`);
    return atOneMoment(db, () => checkFile(db, path));
  } catch (error) {
    throw refusal(path, error);
  } finally {
    db.close();
  }
}

/** All that `work` reads is of one moment: another process may be making the file. */
function atOneMoment<T>(db: DatabaseSync, work: () => T): T {
  db.exec("BEGIN");
  try {
    return work();
  } finally {
    db.exec("ROLLBACK");
  }
}

/** Only before SQLite has the file open: closing it later by other means would drop SQLite's locks. */
function createPrivately(path: string): void {
  try {
    Deno.mkdirSync(folderOf(path), { recursive: true, mode: 0o700 });
    Deno.openSync(path, { createNew: true, write: true, mode: 0o600 }).close();
  } catch (error) {
    // Made by another process meanwhile, unless it is a link: through that SQLite would make a file for everybody to read.
    const isMade = error instanceof Deno.errors.AlreadyExists && !Deno.lstatSync(path).isSymlink;
    if (!isMade) throw unusable(path, error, LEFT_AS_IT_IS);
  }
}

function folderOf(path: string): string {
  const end = Math.max(path.lastIndexOf("/"), Deno.build.os === "windows" ? path.lastIndexOf("\\") : -1);
  return end < 0 ? "." : path.slice(0, end + 1);
}

/** Gives the version of the file. */
function checkFile(db: DatabaseSync, path: string): number {
  // Of a damaged file Deno 2.4 says no more than "failed to prepare statement", unless it is asked without preparing.
  db.exec("SELECT count(*) FROM sqlite_schema");
  const applicationId = pragma(db, "application_id");
  if (applicationId === RUN_FILE_ID) throw new RunFileGiven(path);
  const version = pragma(db, "user_version");
  const isNothingYet = () => applicationId === 0 && db.prepare("SELECT 1 FROM sqlite_schema").get() === undefined;
  if (applicationId !== APPLICATION_ID && !isNothingYet()) {
    throw new TaskerError("DATABASE_UNUSABLE", `${path} is a SQLite file, but not one of tasker's`, {
      hint: "name another file with --db; this one was left as it is",
    });
  }
  if (version > migrations.length) {
    throw new TaskerError(
      "DATABASE_UNUSABLE",
      `${path} was written by a newer tasker (file version ${version}, this program knows ${migrations.length})`,
      { hint: "use that newer tasker; the file was left as it is" },
    );
  }
  const missing = missingPart(db, version);
  if (missing !== undefined) throw unusable(path, new Error(`it has no ${missing}`), LEFT_AS_IT_IS);
  return version;
}

function migrate(db: DatabaseSync, path: string, keepOlder: boolean): Migrated | undefined {
  if (pragma(db, "user_version") === migrations.length) return undefined;
  // A table that others refer to may be replaced; only outside of a transaction can this be said.
  db.exec("PRAGMA foreign_keys = OFF");
  db.exec("BEGIN IMMEDIATE");
  let keptAs: string | undefined;
  try {
    // Read again inside the lock: another process may have migrated meanwhile.
    const from = pragma(db, "user_version");
    if (from > migrations.length) checkFile(db, path);
    if (from > 0 && from < migrations.length && keepOlder) keptAs = keep(db, path, from);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    if (from === 0) makeTables(db);
    else for (const migration of migrations.slice(from)) apply(db, migration);
    db.exec(`PRAGMA user_version = ${migrations.length}`);
    if (from > 0) checkFile(db, path);
    db.exec("COMMIT");
    return from > 0 && from < migrations.length ? { from, to: migrations.length, keptAs } : undefined;
  } catch (error) {
    tryRollback(db);
    if (keptAs !== undefined) Deno.removeSync(keptAs);
    // A log beside the file is put into it when it is closed: nothing is lost, but it is not as it was.
    throw asTaskerError(path, error, "restore it from a backup, or use the tasker that wrote it");
  }
}

/** Keeps an older file beside itself before it is changed; inside the transaction that changes it. Gives the path. */
function keep(db: DatabaseSync, path: string, version: number): string {
  let kept = `${path}.v${version}.bak`;
  for (let number = 2; fileSize(kept) !== undefined; number++) kept = `${path}.v${version}-${number}.bak`;
  const fresh = `${kept}.${Deno.pid}.part`;
  createPrivately(fresh);
  try {
    checkCopy(fresh, copyDatabase(db, fresh));
    putInPlace(fresh, kept);
  } catch (error) {
    Deno.removeSync(fresh);
    throw error;
  }
  return kept;
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(Object.values(db.prepare(`PRAGMA ${name}`).get() as Row)[0]);
}

/** A full disk has already rolled back, and then ROLLBACK throws: the error that led here is the one to report. */
function tryRollback(db: DatabaseSync): void {
  try {
    db.exec("ROLLBACK");
  } catch { /* the first error is on its way to the caller */ }
}

/** An open connection, as the table classes need it. */
export function wrap(db: DatabaseSync, path: string, migrated: Migrated | undefined): Database {
  let inTransaction = false;
  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  const mark = db.prepare("SAVEPOINT part");
  const keep = db.prepare("RELEASE part");
  const undo = db.prepare("ROLLBACK TO part");
  return {
    path,
    migrated,
    get inTransaction() {
      return inTransaction;
    },
    prepare: (sql) => new LateStatement(db, sql, (error) => notUnderstood(path, error)),
    exec: (sql) => db.exec(sql),
    transaction(work, { durable = true } = {}) {
      if (inTransaction) return work();
      if (!durable) db.exec("PRAGMA synchronous = NORMAL");
      try {
        return reporting(path, () => {
          begin.run();
          inTransaction = true;
          try {
            const result = work();
            commit.run();
            return result;
          } catch (error) {
            tryRollback(db);
            throw error;
          } finally {
            inTransaction = false;
          }
        });
      } finally {
        if (!durable) db.exec("PRAGMA synchronous = FULL");
      }
    },
    async snapshot(work) {
      db.exec("BEGIN");
      try {
        return await work();
      } finally {
        tryRollback(db);
      }
    },
    savepoint: (work) =>
      reporting(path, () => {
        mark.run();
        try {
          const value = work();
          keep.run();
          return value;
        } catch (error) {
          rollBackTo({ undo, keep }, path, error);
          throw error;
        }
      }),
    explain(thrown) {
      const error = asTaskerError(path, thrown);
      if (error instanceof TaskerError) return error;
      const damage = damageIn(db);
      if (damage !== undefined) return unusable(path, new Error(`it is damaged: ${damage}`));
      return error instanceof Error ? error : new Error(String(error));
    },
    close: () => db.close(),
  };
}

/** The first thing that SQLite's check finds, undefined when the file is sound. */
function damageIn(db: DatabaseSync): string | undefined {
  try {
    const found = Object.values(db.prepare("PRAGMA quick_check(1)").get() as Row)[0];
    return found === "ok" ? undefined : String(found).split("\n").slice(-1)[0];
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A full disk and the like have rolled back the whole transaction already: then the savepoint is gone. */
function rollBackTo(savepoint: { undo: StatementSync; keep: StatementSync }, path: string, cause: unknown): void {
  try {
    savepoint.undo.run();
    savepoint.keep.run();
  } catch {
    const reported = asTaskerError(path, cause);
    throw reported instanceof TaskerError && reported.code.startsWith("DATABASE_") ? reported : unusable(path, cause);
  }
}
