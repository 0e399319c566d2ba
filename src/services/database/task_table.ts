import { didYouMean } from "../../core/did_you_mean.ts";
import { TaskerError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Database, Row } from "../../store/database.ts";
import { invalid } from "./chain_arguments.ts";
import { physicalTable, quoted, uniqueIndexName } from "./names.ts";

const MOST_COLUMNS = 500;
/** Ids beyond 2⁵² are refused, so that those that SQLite counts on from the largest stay exact numbers in JavaScript. */
const LARGEST_ID = 2 ** 52;
const UNIQUE_VIOLATION = 2067;

/** A table of task code as it stands in the file. */
export interface TaskTable {
  readonly name: string;
  readonly columns: readonly string[];
  /** Whether `id` is a number that SQLite counts on, and not a key that each row brings. */
  readonly countsIds: boolean;
}

/** The table, or undefined when nothing was ever put into one of that name. */
export function findTable(db: Database, name: string): TaskTable | undefined {
  const physical = physicalTable(name);
  // SQLite takes names in any case; a task that means two tables must not get one.
  const found = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE").get(
    physical,
  );
  if (found === undefined) return undefined;
  const actual = (found as Row).name as string;
  if (actual !== physical) throw differsInCase("table", name, actual.slice(physicalTable("").length));
  const columns = db.prepare("SELECT name, type FROM pragma_table_info(?)").all(physical) as Row[];
  return {
    name,
    columns: columns.map((column) => column.name as string),
    countsIds: columns.some((column) => column.name === "id" && column.type === "INTEGER"),
  };
}

/** The table with a column for each of the keys, made or widened as it must be. */
export function growTable(
  db: Database,
  name: string,
  rows: readonly JsonObject[],
  keys: ReadonlySet<string>,
): TaskTable {
  const table = findTable(db, name) ?? createTable(db, name, rows);
  const known = new Map(table.columns.map((column) => [column.toLowerCase(), column]));
  const added: string[] = [];
  for (const key of keys) {
    const existing = known.get(key.toLowerCase());
    if (existing === key) continue;
    if (existing !== undefined) throw differsInCase("column", key, existing);
    known.set(key.toLowerCase(), key);
    added.push(key);
  }
  const columns = [...table.columns, ...added];
  if (columns.length > MOST_COLUMNS) throw invalid(`table "${name}" would have over ${MOST_COLUMNS} columns`);
  for (const column of added) {
    db.prepare(`ALTER TABLE ${quoted(physicalTable(name))} ADD COLUMN ${quoted(column)}`).run();
  }
  return { ...table, columns };
}

/** Every table has an `id`: counted by SQLite, unless the first rows bring ids that are no whole numbers. */
function createTable(db: Database, name: string, rows: readonly JsonObject[]): TaskTable {
  const countsIds = rows.every(({ id }) => id === undefined || isCountedId(id));
  const id = countsIds ? "id INTEGER PRIMARY KEY AUTOINCREMENT" : "id NOT NULL PRIMARY KEY";
  db.prepare(`CREATE TABLE ${quoted(physicalTable(name))} (${id})`).run();
  return { name, columns: ["id"], countsIds };
}

/** Throws when a row's id does not suit its table. `isNew`: the row must bring what SQLite does not count. */
export function checkId(table: TaskTable, row: JsonObject, isNew: boolean): void {
  const { id } = row;
  if (table.countsIds && Object.hasOwn(row, "id") && !isCountedId(id)) {
    throw invalid(
      `the ids of table "${table.name}" are whole numbers`,
      "the first rows of a table decide what its ids are",
    );
  }
  if (!table.countsIds && (isNew || Object.hasOwn(row, "id")) && (id === undefined || id === null)) {
    throw invalid(`each row of table "${table.name}" must bring its id`, "the first rows of a table brought theirs");
  }
}

function isCountedId(id: unknown): boolean {
  return typeof id === "number" && Number.isInteger(id) && Math.abs(id) <= LARGEST_ID;
}

/** Makes the columns unique together, as `ON CONFLICT` needs it. `id` is so from the start. */
export function makeUnique(db: Database, table: string, columns: readonly string[]): void {
  if (columns.length === 1 && columns[0] === "id") return;
  const index = quoted(uniqueIndexName(table, columns));
  const list = [...columns].sort().map(quoted).join(", ");
  try {
    db.prepare(`CREATE UNIQUE INDEX IF NOT EXISTS ${index} ON ${quoted(physicalTable(table))} (${list})`).run();
  } catch (error) {
    if ((error as { errcode?: number }).errcode !== UNIQUE_VIOLATION) throw error;
    throw new TaskerError(
      "CONFLICT",
      `database: table "${table}" holds rows with the same ${columns.join(", ")} already`,
      {
        hint: "delete the doubles first, or name other columns in onConflict",
        cause: error,
      },
    );
  }
}

/** Throws INVALID_INPUT for a column that the table has not: SQLite would take some such names for something else. */
export function checkColumns(table: TaskTable, columns: Iterable<string>): void {
  for (const column of columns) {
    if (table.columns.includes(column)) continue;
    throw invalid(`table "${table.name}" has no column "${column}"`, didYouMean(column, table.columns));
  }
}

function differsInCase(what: "table" | "column", given: string, actual: string): TaskerError {
  return invalid(
    `there is a ${what} "${actual}" already, which differs from "${given}" in case only`,
    `write "${actual}"`,
  );
}
