import { TaskerError } from "../../core/errors.ts";

/** "tasr" in ASCII: `PRAGMA application_id` of a run file. It is none of a database: no tasker owns such a file or migrates it. */
export const RUN_FILE_ID = 0x74617372;

/** Version of what a run file says of itself: of `run_file` and of the checksum behind the tables. */
export const FORMAT = 1;

/** What a run file has besides the tables of a database: one row, that says what it is. */
export const RUN_FILE_TABLE = `
CREATE TABLE run_file (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  format INTEGER NOT NULL,
  -- the version of the tasker that wrote it
  tasker TEXT NOT NULL,
  -- the id of the run
  run TEXT NOT NULL,
  exported_at INTEGER NOT NULL,
  exported_by TEXT NOT NULL,
  -- answers that were secrets, and are replaced
  redacted INTEGER NOT NULL CHECK (redacted >= 0)
) STRICT;
`;

/** A condition; `?` is a JSON array of the numbers of runs. */
export const OF_RUNS = "run IN (SELECT value FROM json_each(?))";

/** The rows of a table that belong to a run. */
interface Part {
  readonly table: string;
  /** A condition for them; `?` as in `OF_RUNS`. */
  readonly of: string;
  /** What stands in a run file in place of a column. */
  readonly as?: Readonly<Record<string, string>>;
}

/** A secret that was revealed to task code, as it is journaled. */
export const SEALED = `service = 'keystore' AND result LIKE '{"$sealed":%'`;

/** What of a run is in its file: those first to which others refer. */
export const PARTS: readonly Part[] = [
  { table: "task_functions", of: `id IN (SELECT function_id FROM task_runs WHERE ${OF_RUNS})` },
  // The audit log stays: of a chain, one entry proves nothing.
  { table: "task_runs", of: OF_RUNS, as: { audit: "NULL" } },
  { table: "stack_runs", of: OF_RUNS, as: { result: `CASE WHEN ${SEALED} THEN '"[redacted]"' ELSE result END` } },
  { table: "run_links", of: OF_RUNS },
  { table: "signals", of: OF_RUNS },
  { table: "records", of: OF_RUNS },
  { table: "logs", of: OF_RUNS },
];

/** Tables that are not a run's, but of the place where it was. So are those of task code (`t_…`), which all runs share. */
export const LEFT: readonly string[] = [
  "owner",
  "keystore",
  "audit",
  "schedules",
  "policy",
  "budgets",
  "budget_spending",
  "ledger",
];

/** A run file in the place of a database. Commands that only read go on with it. */
export class RunFileGiven extends TaskerError {
  constructor(path: string) {
    super("DATABASE_UNUSABLE", `${path} is a run file: it is read, and nothing is done with it`, {
      hint: "`tasker open FILE` shows and replays it; name the database with --db",
    });
  }
}

/** A file that is no run file, or not as it was written. */
export function notARunFile(path: string, why: string, hint: string, cause?: unknown): TaskerError {
  return new TaskerError("DATABASE_UNUSABLE", `${path} ${why}`, { hint, ...(cause === undefined ? {} : { cause }) });
}
