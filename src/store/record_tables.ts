import type { StatementSync } from "node:sqlite";
import { TaskerError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import type { Row } from "./database.ts";
import type { Records } from "./records.ts";
import { Scratch } from "./scratch.ts";

/** A kind of rows as a table: a column for each member that any row has, and `seq`. */
export interface RecordTable {
  readonly kind: string;
  /** The kind, where SQL can have a table of that name. */
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: number;
}

/** The rows that a question gives, one after another. */
export interface Answer {
  readonly columns: readonly string[];
  rows(): Generator<Json>;
}

/** Names with a blank: no kind has one. */
const ANSWER = `"the answer"`;
const KEPT = `"rows of the answer"`;
/** Rows read at a time. */
const PAGE = 500;
/** SQLite takes 2,000 columns. */
const MOST_COLUMNS = 1_900;
/** Whole numbers beyond are text. */
const SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * A run's records as tables that anybody may ask anything. They are copied into a database that holds nothing else, since
 * Deno 2.4 cannot keep a statement from a table or from another file; and what is asked is made into a view there, which
 * SQLite does of nothing but a SELECT, without functions and tables that reach further than the rows.
 */
export class RecordTables implements Disposable {
  readonly #db = new Scratch();
  readonly #records: Records;
  readonly #run: number;
  /** The tables' names by kind. */
  readonly #names = new Map<string, string>();

  constructor(records: Records, run: number) {
    this.#records = records;
    this.#run = run;
    const taken = new Set<string>();
    for (const kind of records.kinds(run).keys()) {
      const name = tableName(kind, taken);
      taken.add(name.toLowerCase());
      this.#names.set(kind, name);
    }
  }

  /** All tables. To know their columns, all rows are looked at. */
  list(): RecordTable[] {
    const rows = this.#records.kinds(this.#run);
    return [...this.#names].map(([kind, name]) => ({
      kind,
      name,
      columns: this.#createTable(kind, name),
      rows: rows.get(kind)!,
    }));
  }

  /** Answers one question. Throws USAGE when it is no SELECT, or one that cannot be carried out. */
  ask(sql: string): Answer {
    const meant = [...this.#names].filter(([, name]) => mentions(sql, name));
    for (const [kind, name] of meant) this.#createTable(kind, name);
    const view = `CREATE VIEW ${ANSWER} AS ${sql}`;
    const create = this.#understood(view);
    if (!isBlank(view.slice(create.sourceSQL.length))) {
      throw new TaskerError("USAGE", "there is more than one statement", {
        hint: "ask one question at a time: a single SELECT",
      });
    }
    create.run();
    const columns = this.#columnsOf(ANSWER);
    for (const [kind, name] of meant) this.#fill(kind, name);
    // Kept first: Deno's iterate() takes an error for the end, and all() would hold every row.
    this.#understood(
      `CREATE TABLE ${KEPT} ("the row" INTEGER PRIMARY KEY, ${columns.map(identifier).join(", ")})`,
    ).run();
    const keep = this.#understood(`INSERT INTO ${KEPT} SELECT NULL, * FROM ${ANSWER}`);
    try {
      keep.run();
    } catch (error) {
      throw refused(error);
    }
    return { columns, rows: () => this.#kept(columns) };
  }

  *#kept(columns: readonly string[]): Generator<Json> {
    const page = this.#db.prepare(
      `SELECT * FROM ${KEPT} WHERE "the row" > ? ORDER BY "the row" LIMIT ? + 0`,
    );
    page.setReadBigInts(true);
    for (let after = 0n;;) {
      const rows = page.all(after, PAGE) as Row[];
      for (const row of rows) yield Object.fromEntries(columns.map((name) => [name, jsonOf(row[name])]));
      if (rows.length < PAGE) break;
      after = rows.at(-1)!["the row"] as bigint;
    }
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }

  #createTable(kind: string, name: string): string[] {
    const members = this.#records.members({ run: this.#run, kind }).slice(0, MOST_COLUMNS);
    this.#db.exec(`CREATE TABLE ${rowsOf(name)} (seq INTEGER PRIMARY KEY, data TEXT NOT NULL)`);
    const selected = [...members.map((member) => `${valueOf(member)} AS ${identifier(member ?? "value")}`), "seq"];
    this.#db.exec(`CREATE VIEW ${identifier(name)} AS SELECT ${selected.join(", ")} FROM ${rowsOf(name)}`);
    return this.#columnsOf(identifier(name));
  }

  #columnsOf(table: string): string[] {
    // Of a view whose columns are not there, Deno 2.4 would say so of this statement.
    this.#understood(`SELECT * FROM ${table}`);
    return (this.#db.prepare(`PRAGMA table_info(${table})`).all() as Row[]).map(({ name }) => name as string);
  }

  #fill(kind: string, name: string): void {
    const insert = this.#db.prepare(`INSERT INTO ${rowsOf(name)} (seq, data) VALUES (?, ?)`);
    for (const { seq, text } of this.#records.texts({ run: this.#run, kind })) insert.run(seq, text);
  }

  /** A prepared statement; the error of one that cannot be prepared says why. */
  #understood(sql: string): StatementSync {
    try {
      return this.#db.prepare(sql);
    } catch (error) {
      throw refused(/failed to prepare/.test((error as Error).message) ? this.#whyNot(sql) ?? error : error);
    }
  }

  /** Deno 2.4 does not say why it cannot prepare a statement, unless it is asked to carry it out, which it cannot either. */
  #whyNot(sql: string): unknown {
    try {
      this.#db.exec(sql);
    } catch (error) {
      return error;
    }
  }
}

/** A value of SQLite's: whole numbers that JSON's readers would round are text, and so are bytes, in hexadecimal digits. */
function jsonOf(value: unknown): Json {
  if (typeof value === "bigint") return value <= SAFE && value >= -SAFE ? Number(value) : String(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (value instanceof Uint8Array) return Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return value as Json;
}

function refused(error: unknown): TaskerError {
  const text = error instanceof Error ? error.message : String(error);
  // What Deno 2.4 adds is the statement as it was made of the question.
  const [, what] = /^([\s\S]*?)(?: in CREATE (?:VIEW|TABLE) [\s\S]* at offset \d+)?$/.exec(text)!;
  return new TaskerError("USAGE", `the question cannot be answered: ${what!.replaceAll("main.", "")}`, {
    hint: "write one SELECT of SQLite's; `tasker sql RUN` without a question lists the tables and their columns",
    cause: error,
  });
}

/** A kind that SQLite would not take as a table's name gets one that it does; names differ in more than their case. */
function tableName(kind: string, taken: ReadonlySet<string>): string {
  let name = /^sqlite_/i.test(kind) ? `_${kind}` : kind;
  while (taken.has(name.toLowerCase())) name += "_";
  return name;
}

/** Whether SQL text may speak of a table: it then names it, since no name needs an escape. */
function mentions(sql: string, name: string): boolean {
  return sql.toLowerCase().includes(name.toLowerCase());
}

/** Whether nothing but blanks, semicolons and comments is left. */
function isBlank(rest: string): boolean {
  return /^[\s;]*$/.test(rest.replace(/--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g, ""));
}

function rowsOf(name: string): string {
  return identifier(`rows of ${name}`);
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** null: the row itself. A path of SQLite's JSON cannot name a member with a quotation mark or a backslash. */
function valueOf(member: string | null): string {
  if (member === null) return "CASE json_type(data) WHEN 'object' THEN NULL ELSE json_extract(data, '$') END";
  return /["\\]/.test(member)
    ? `(SELECT value FROM json_each(data) WHERE key = ${literal(member)})`
    : `json_extract(data, ${literal(`$."${member}"`)})`;
}
