import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { TaskerError } from "../../core/errors.ts";
import { isRunEnded } from "../../core/states.ts";
import { refuseTarget, removeIfThere, unwritable } from "../backup.ts";
import { checkCopy, putInPlace } from "../copy_database.ts";
import type { Row } from "../database.ts";
import { asTaskerError } from "../file_errors.ts";
import { eachRow } from "../each_row.ts";
import { makeTables, migrations } from "../migrations/migrations.ts";
import { familyOf } from "../retention.ts";
import type { Store } from "../store.ts";
import type { TaskRun } from "../task_runs.ts";
import { appendChecksum, type Checksum } from "./checksum.ts";
import { FORMAT, OF_RUNS, PARTS, RUN_FILE_ID, RUN_FILE_TABLE, SEALED } from "./format.ts";

/** A run as one file. */
export interface ExportedRun extends Checksum {
  readonly path: string;
  /** Id. */
  readonly run: string;
  /** Whether it had not ended: what it has done since is not in the file. */
  readonly unfinished: boolean;
  /** Answers that were secrets, and are replaced. */
  readonly redacted: number;
  /** Rows by table: those of runs that are nested in it are among them. */
  readonly rows: Readonly<Record<string, number>>;
}

export interface ExportOptions {
  /** Whether a file of that name is replaced. */
  readonly replace: boolean;
  /** The version of this program. */
  readonly tasker: string;
  readonly by: string;
  readonly now: number;
  /** Stops it; nothing is left behind. */
  readonly signal: AbortSignal;
}

/** Rows between two looks at the signal. */
const SLICE = 2_000;

/**
 * Writes a run with all that is nested in it into a file of its own (0600), as it is at one moment, while whoever owns the
 * database goes on. The file appears under its name when it is whole, checked and on the disk. Throws CONFLICT when there is a
 * file that is not to be replaced, USAGE for a run that is nested in another.
 */
export async function exportRun(
  store: Store,
  { run, id }: TaskRun,
  path: string,
  options: ExportOptions,
): Promise<ExportedRun> {
  const { replace, signal } = options;
  refuseTarget(path, { database: store.db.path, replace });
  const fresh = `${path}.${Deno.pid}.part`;
  try {
    Deno.openSync(fresh, { createNew: true, write: true, mode: 0o600 }).close();
    const copied = await store.db.snapshot(() => copyRun(store, run, fresh, options));
    checkCopy(fresh, copied.rows);
    signal.throwIfAborted();
    const checksum = await appendChecksum(fresh, signal);
    putInPlace(fresh, path);
    const { unfinished, redacted, rows } = copied;
    return { path, run: id, ...checksum, unfinished, redacted, rows: Object.fromEntries(rows) };
  } catch (error) {
    removeIfThere(fresh);
    if (signal.aborted) {
      throw new TaskerError("CANCELLED", `the export of run ${id} was interrupted: nothing was written`, {
        hint: "run it again",
      });
    }
    const meant = asTaskerError(path, error);
    if (meant instanceof TaskerError) throw meant;
    // What the file system says; anything else is no fault of the path.
    if (!(error instanceof Error && /\(os error \d+\)/.test(error.message))) throw error;
    throw unwritable(path, error);
  }
}

async function copyRun(
  store: Store,
  run: number,
  path: string,
  { tasker, by, now, signal }: ExportOptions,
): Promise<{ rows: Map<string, number>; unfinished: boolean; redacted: number }> {
  const { id, status, parentRun } = store.taskRuns.get(run)!;
  if (parentRun !== null) {
    throw new TaskerError("USAGE", `run ${id} is nested in another one, and part of what that does`, {
      hint: `export the run around it: ${store.taskRuns.get(parentRun)!.id}`,
    });
  }
  const family = JSON.stringify(familyOf(store, run).map((member) => member.run));
  const count = (table: string, of: string) =>
    (store.db.prepare(`SELECT count(*) AS n FROM ${table} WHERE ${of}`).get(family) as Row).n as number;
  // Counted apart: the copy is checked by it.
  const rows = new Map(PARTS.map(({ table, of }) => [table, count(table, of)]));
  const redacted = count("stack_runs", `${OF_RUNS} AND ${SEALED}`);
  const copy = new DatabaseSync(path);
  try {
    // The file is thrown away when anything fails, and synced when it is whole.
    copy.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; BEGIN");
    makeTables(copy);
    copy.exec(RUN_FILE_TABLE);
    copy.exec(`PRAGMA application_id = ${RUN_FILE_ID}; PRAGMA user_version = ${migrations.length}`);
    copy.prepare(
      "INSERT INTO run_file (id, format, tasker, run, exported_at, exported_by, redacted) VALUES (1, ?, ?, ?, ?, ?, ?)",
    ).run(FORMAT, tasker, id, now, by, redacted);
    for (const part of PARTS) await copyPart(store, copy, { part, family, signal });
    copy.exec("COMMIT");
    return { rows, unfinished: !isRunEnded(status), redacted };
  } finally {
    copy.close();
  }
}

async function copyPart(
  store: Store,
  copy: DatabaseSync,
  { part: { table, of, as = {} }, family, signal }: { part: typeof PARTS[number]; family: string; signal: AbortSignal },
): Promise<void> {
  const columns = (copy.prepare("SELECT name FROM pragma_table_info(?)").all(table) as Row[])
    .map(({ name }) => name as string);
  const chosen = columns.map((name) => `${as[name] ?? name} AS ${name}`).join(", ");
  const rows = store.db.prepare(`SELECT ${chosen} FROM ${table} WHERE ${of}`);
  rows.setReadBigInts(true);
  const insert = copy.prepare(
    `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
  );
  let seen = 0;
  for (const row of eachRow(rows, family) as Iterable<Record<string, SQLInputValue>>) {
    insert.run(...columns.map((name) => row[name]!));
    if (++seen % SLICE !== 0) continue;
    await eventLoopTurn();
    signal.throwIfAborted();
  }
}

/** Lets a signal be heard. */
function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
