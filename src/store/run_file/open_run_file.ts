import { resolve } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { TaskerError } from "../../core/errors.ts";
import { exists } from "../backup.ts";
import { type Row, wrap } from "../database.ts";
import { eachRow } from "../each_row.ts";
import { apply, makeTables, migrations } from "../migrations/migrations.ts";
import { familyOf } from "../retention.ts";
import { Scratch } from "../scratch.ts";
import { type Store, storeOf } from "../store.ts";
import { checkBytes, type Checksum, newer } from "./checksum.ts";
import { FORMAT, notARunFile, PARTS, RUN_FILE_ID, RUN_FILE_TABLE } from "./format.ts";

/** What a run file says of itself, and what is seen of it. */
export interface RunFile extends Checksum {
  readonly path: string;
  /** Version of the tables in it. */
  readonly fileVersion: number;
  /** The version of the tasker that wrote it. */
  readonly tasker: string;
  /** Id. */
  readonly run: string;
  /** ms */
  readonly exportedAt: number;
  readonly exportedBy: string;
  /** Answers that were secrets, and are replaced. */
  readonly redacted: number;
}

/** A run file, open for reading. */
export type RunFileStore = Store & { readonly runFile: RunFile };

/**
 * Opens a run file that may be from anybody. Its bytes are compared with its checksum; then it is read as a database that
 * cannot be written, whose tables must be ours and nothing else, and of which nothing is asked but all rows of a table. These
 * go into a new database with our own tables, which check each row, and which is the one that everything else reads: it is a
 * file without a name, that is gone with the process. Files of older versions are migrated there. Throws NOT_FOUND, and
 * DATABASE_UNUSABLE for all that tasker does not write.
 */
export async function openRunFile(path: string): Promise<RunFileStore> {
  const checksum = await checkBytes(path);
  const copy = new Scratch();
  try {
    const fileVersion = takeOver(path, copy);
    if (copy.prepare("PRAGMA foreign_key_check").get() !== undefined) {
      throw unsound(path, "a row in it refers to one that is not there");
    }
    copy.exec("PRAGMA query_only = ON");
    // It is one transaction, and nobody else's.
    const store = storeOf({ ...wrap(copy, path, undefined), snapshot: (work) => work() });
    return { ...store, runFile: { path, fileVersion, ...checksum, ...runFileIn(path, copy, store) } };
  } catch (error) {
    copy.close();
    throw error;
  }
}

/** Gives the version of the file's tables. */
function takeOver(path: string, copy: DatabaseSync): number {
  for (const beside of [`${path}-wal`, `${path}-journal`]) {
    // SQLite would read the file as changed by it.
    if (exists(beside)) {
      throw notARunFile(
        path,
        `has ${beside} beside it, which is no part of it`,
        "move that file away, and open it again",
      );
    }
  }
  // Absolute: no name means anything else to SQLite than a file.
  const file = new DatabaseSync(resolve(path), { readOnly: true });
  try {
    file.exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA query_only = ON");
    const pragma = (name: string) => Object.values(file.prepare(`PRAGMA ${name}`).get() as Row)[0] as number;
    if (pragma("application_id") !== RUN_FILE_ID) {
      throw notARunFile(path, "is no run file", "name a file that `tasker export-run` has written");
    }
    const version = pragma("user_version");
    if (version > migrations.length) throw newer(path, `file version ${version}`, migrations.length);
    makeTables(copy, version);
    copy.exec(RUN_FILE_TABLE);
    // What there is comes first: to ask for the columns of a virtual table is to run it.
    if (![objectsOf, columnsOf].every((of) => of(file) === of(copy))) {
      throw unsound(path, "it does not have the tables that tasker makes, and only these");
    }
    for (const { table } of [...PARTS, { table: "run_file" }]) copyRows(path, file, copy, table);
    for (const migration of migrations.slice(version)) apply(copy, migration);
    return version;
  } catch (error) {
    if (error instanceof TaskerError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    if (!/full|No space/.test(reason)) throw unsound(path, reason, error);
    throw new TaskerError("DATABASE_UNUSABLE", `the disk is full: the rows of ${path} found no room while it is read`, {
      hint: "free some space, or name another folder for temporary files with TMPDIR",
      cause: error,
    });
  } finally {
    file.close();
  }
}

const objectsOf = (db: DatabaseSync) =>
  JSON.stringify(
    db.prepare("SELECT type, name, tbl_name, rootpage > 0 FROM sqlite_schema ORDER BY name").all(),
  );

const columnsOf = (db: DatabaseSync) =>
  JSON.stringify(
    db.prepare(
      `SELECT columns.* FROM sqlite_schema, pragma_table_xinfo(sqlite_schema.name) AS columns
       WHERE sqlite_schema.type = 'table' ORDER BY sqlite_schema.name, cid`,
    ).all(),
  );

function copyRows(path: string, file: DatabaseSync, copy: DatabaseSync, table: string): void {
  const columns = (copy.prepare("SELECT name FROM pragma_table_info(?)").all(table) as Row[])
    .map(({ name }) => name as string);
  // A table of a later version.
  if (columns.length === 0) return;
  const list = columns.join(", ");
  const rows = file.prepare(`SELECT ${list} FROM ${table} NOT INDEXED`);
  rows.setReadBigInts(true);
  const insert = copy.prepare(`INSERT INTO ${table} (${list}) VALUES (${columns.map(() => "?").join(", ")})`);
  for (const row of eachRow(rows) as Iterable<Record<string, SQLInputValue>>) {
    const values = columns.map((name) => row[name]!);
    if (values.some((value) => typeof value === "bigint" && !Number.isSafeInteger(Number(value)))) {
      throw unsound(path, `a number in ${table} is none that tasker writes`);
    }
    insert.run(...values);
  }
}

/** Checks that all runs are the one that is named, and what is nested in it. */
function runFileIn(
  path: string,
  copy: DatabaseSync,
  store: Store,
): Omit<RunFile, "path" | "fileVersion" | keyof Checksum> {
  const row = copy.prepare("SELECT * FROM run_file").get() as Row | undefined;
  if (row === undefined) throw unsound(path, "it does not say what it is");
  if (row.format !== FORMAT) throw newer(path, `format ${row.format}`, FORMAT);
  const run = store.taskRuns.byId(row.run as string);
  const { n } = copy.prepare("SELECT count(*) AS n FROM task_runs").get() as Row;
  if (run === undefined || run.parentRun !== null || familyOf(store, run.run).length !== n) {
    throw unsound(path, "its runs are not the one that it names and those nested in it");
  }
  return {
    tasker: row.tasker as string,
    run: run.id,
    exportedAt: row.exported_at as number,
    exportedBy: row.exported_by as string,
    redacted: row.redacted as number,
  };
}

function unsound(path: string, why: string, cause?: unknown): TaskerError {
  return notARunFile(
    path,
    `is not as tasker writes a run file: ${why}`,
    "it was not exported by `tasker export-run`: do not trust it",
    cause,
  );
}
