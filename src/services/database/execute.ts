import { Buffer } from "node:buffer";
import { TaskerError } from "../../core/errors.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { Bindable, Database, Row } from "../../store/database.ts";
import { eachRow } from "../../store/each_row.ts";
import type { Statement } from "../../store/statement.ts";
import { invalid } from "./chain_arguments.ts";
import { DataError, duplicateKey, notSingular } from "./data_error.ts";
import { physicalTable, quoted } from "./names.ts";
import type { Action, Columns, Query } from "./query.ts";
import { insertion, onConflict, orderBy, selected, where } from "./sql.ts";
import { checkColumns, checkId, findTable, growTable, makeUnique, type TaskTable } from "./task_table.ts";
import { decodeValue, encodeValue } from "./values.ts";

/** Bytes of the JSON text of one answer's rows. */
export const LARGEST_ANSWER = 16 * 1024 * 1024;
/** SQLite's default limit of bound values is 32,766. */
const MOST_BOUND = 32_000;
const UNIQUE_VIOLATIONS = [1555, 2067];

type WriteOf<Type extends Action["type"]> = Query & { action: Extract<Action, { type: Type }> };

interface Answer {
  readonly rows: readonly Json[] | undefined;
  readonly count: number | null;
}

/**
 * Carries a query out within the transaction that is open: `{ data, error, count }`. All or nothing: whatever is thrown or
 * given back as `error`, the file is as it was.
 */
export function execute(db: Database, query: Query): Json {
  try {
    const answer = query.action.type === "select" ? select(db, query as WriteOf<"select">) : undoable(db, () => {
      const written = write(db, query);
      single(query, written);
      return written;
    });
    return { data: single(query, answer), error: null, count: answer.count };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    if (query.throwOnError) throw error.toTaskerError();
    return { data: null, error: error.toJson(), count: null };
  }
}

function undoable<T>(db: Database, work: () => T): T {
  db.exec("SAVEPOINT database_call");
  try {
    const result = work();
    db.exec("RELEASE database_call");
    return result;
  } catch (error) {
    try {
      db.exec("ROLLBACK TO database_call; RELEASE database_call");
    } catch { /* a full disk has rolled everything back already: the first error is the one to report */ }
    throw error;
  }
}

/** The answer's rows as the chain wants them. */
function single(query: Query, { rows }: Answer): Json {
  if (rows === undefined) return null;
  if (query.rows === "many") return rows;
  if (rows.length > 1 || (rows.length === 0 && query.rows === "single")) throw notSingular(rows.length);
  return rows[0] ?? null;
}

function select(db: Database, { table: name, action, filters, order, limit, offset }: WriteOf<"select">): Answer {
  const table = findTable(db, name);
  if (table === undefined) return { rows: action.head ? undefined : [], count: action.count ? 0 : null };
  const columns = columnsOf(table, action.columns);
  checkColumns(table, [...filters, ...order].map(({ column }) => column));
  const { text, values } = where(filters);
  checkBound(values);
  const from = ` FROM ${quoted(physicalTable(name))}${text}`;
  const count = action.count ? Number((db.prepare(`SELECT count(*) AS n${from}`).get(...values) as Row).n) : null;
  if (action.head) return { rows: undefined, count };
  const page = limit === undefined ? "" : ` LIMIT ${limit} OFFSET ${offset}`;
  const statement = db.prepare(`SELECT ${selected(columns)}${from}${orderBy(order)}${page}`);
  return { rows: collect(name, columns, [eachRow(statement, ...values)]), count };
}

function write(db: Database, query: Query): Answer {
  switch (query.action.type) {
    case "insert":
    case "upsert":
      return put(db, query as WriteOf<"insert" | "upsert">);
    case "update":
      return update(db, query as WriteOf<"update">);
    default:
      return change(db, query, findTable(db, query.table), `DELETE FROM ${quoted(physicalTable(query.table))}`, []);
  }
}

function put(db: Database, { table: name, action, returning }: WriteOf<"insert" | "upsert">): Answer {
  const { rows } = action;
  if (rows.length === 0) return { rows: returning && [], count: 0 };
  const table = growTable(db, name, rows, new Set(rows.flatMap(Object.keys)));
  for (const row of rows) checkId(table, row, true);
  const keys = conflictKeys(action);
  if (keys.length > 0) {
    checkColumns(table, keys);
    makeUnique(db, name, keys);
  }
  const columns = returning && columnsOf(table, returning);
  const statements = new Map<string, Statement>();
  const statementFor = (given: readonly string[]) => {
    const shape = given.join(",");
    const known = statements.get(shape);
    if (known !== undefined) return known;
    const conflict = action.type === "upsert" && keys.every((key) => given.includes(key)) && keys.length > 0
      ? onConflict(keys, given, action.ignoreDuplicates)
      : "";
    const made = db.prepare(insertion(name, given, conflict) + (columns ? ` RETURNING ${selected(columns)}` : ""));
    statements.set(shape, made);
    return made;
  };
  let count = 0;
  const results: Row[][] = [];
  for (const row of rows) {
    const given = Object.keys(row);
    const values = given.map((column) => encodeValue(row[column]!));
    const written = reportingDuplicates(name, () => run(statementFor(given), values, columns !== undefined));
    count += written.count;
    results.push(written.rows);
  }
  return { rows: columns && collect(name, columns, results), count };
}

/** The columns that decide whether a row is there already: none for an insert; `id`, when any row brings one, for an upsert. */
function conflictKeys(action: Extract<Action, { type: "insert" | "upsert" }>): readonly string[] {
  if (action.type === "insert") return [];
  if (action.onConflict === undefined) return action.rows.some((row) => Object.hasOwn(row, "id")) ? ["id"] : [];
  for (const column of action.onConflict) {
    if (action.rows.every((row) => Object.hasOwn(row, column) && row[column] !== null)) continue;
    throw invalid(`each row of an upsert must bring "${column}"`, "onConflict names it, and null equals nothing");
  }
  return action.onConflict;
}

function update(db: Database, query: WriteOf<"update">): Answer {
  const { table: name, action, filters } = query;
  if (findTable(db, name) === undefined) return change(db, query, undefined, "", []);
  const table = growTable(db, name, [], new Set(Object.keys(action.values)));
  checkColumns(table, filters.map(({ column }) => column));
  checkId(table, action.values, false);
  const set = Object.keys(action.values).map((column) => `${quoted(column)} = ?`).join(", ");
  const values = Object.values(action.values).map(encodeValue);
  return change(db, query, table, `UPDATE ${quoted(physicalTable(name))} SET ${set}`, values);
}

/** An UPDATE or DELETE of the rows that the filters find. */
function change(
  db: Database,
  query: Query,
  table: TaskTable | undefined,
  sql: string,
  set: readonly Bindable[],
): Answer {
  if (table === undefined) return { rows: query.returning && [], count: 0 };
  checkColumns(table, query.filters.map(({ column }) => column));
  const columns = query.returning && columnsOf(table, query.returning);
  const { text, values } = where(query.filters);
  const bound = [...set, ...values];
  checkBound(bound);
  const statement = db.prepare(sql + text + (columns ? ` RETURNING ${selected(columns)}` : ""));
  const { rows, count } = reportingDuplicates(table.name, () => run(statement, bound, columns !== undefined));
  return { rows: columns && collect(table.name, columns, [rows]), count };
}

function run(
  statement: Statement,
  values: readonly Bindable[],
  returning: boolean,
): { rows: Row[]; count: number } {
  if (!returning) return { rows: [], count: Number(statement.run(...values).changes) };
  const rows = statement.all(...values) as Row[];
  return { rows, count: rows.length };
}

function reportingDuplicates<T>(table: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { errcode, message } = error as Error & { errcode?: number };
    if (errcode === undefined || !UNIQUE_VIOLATIONS.includes(errcode)) throw error;
    // "UNIQUE constraint failed: t_people.name, t_people.age"
    const columns = message.slice(message.indexOf(":") + 1).replaceAll(`${physicalTable(table)}.`, "").trim();
    throw duplicateKey(table, columns);
  }
}

function columnsOf(table: TaskTable, columns: Columns): readonly string[] {
  if (columns === "*") return table.columns;
  checkColumns(table, columns);
  return columns;
}

function checkBound(values: readonly unknown[]): void {
  if (values.length > MOST_BOUND) throw invalid(`a chain can compare with at most ${MOST_BOUND} values`);
}

/** Rows as JSON objects, refused before they are too much for one answer. */
function collect(table: string, columns: readonly string[], results: Iterable<Iterable<Row>>): JsonObject[] {
  const rows: JsonObject[] = [];
  let size = 0;
  for (const result of results) {
    for (const stored of result) {
      const row: JsonObject = Object.fromEntries(
        columns.map((column, index) => [column, decodeValue(stored[`c${index}`])]),
      );
      size += Buffer.byteLength(JSON.stringify(row)) + 1;
      if (size > LARGEST_ANSWER) {
        throw new TaskerError("TOO_LARGE", `database: the rows of "${table}" are over 16 MiB`, {
          hint: "ask for fewer columns, or page with range(from, to)",
        });
      }
      rows.push(row);
    }
  }
  return rows;
}
