import type { Json } from "../core/json.ts";
import type { Database, Row } from "./database.ts";
import { storedJson } from "./stored_json.ts";

/** A row that a task kept: `seq` counts from 1 within its run and kind. */
export interface RunRecord {
  readonly kind: string;
  readonly seq: number;
  readonly data: Json;
}

/** Rows of a run, all of them or a choice. */
export interface RecordRows {
  /** How many rows of each kind there are. */
  kinds(): Map<string, number>;
  /** The rows of a kind, or of all, by kind. */
  each(kind?: string): Iterable<RunRecord>;
}

/** Rows read at a time. */
const PAGE = 500;

/** What tasks keep for people: rows by run, kind and sequence. */
export class Records {
  readonly #insert;
  readonly #last;
  readonly #page;
  readonly #kinds;
  readonly #members;
  readonly #get;
  readonly #chosen;
  readonly #clear;

  constructor(db: Database) {
    this.#insert = db.prepare("INSERT INTO records (run, kind, seq, frame, data) VALUES (?, ?, ?, ?, ?)");
    this.#last = db.prepare("SELECT seq FROM records WHERE run = ? AND kind = ? ORDER BY seq DESC LIMIT 1");
    this.#page = db.prepare(
      "SELECT kind, seq, data FROM records WHERE run = ? AND kind = ? AND seq > ? ORDER BY seq LIMIT ? + 0",
    );
    // A loose index scan: one look-up per kind, however many rows.
    this.#kinds = db.prepare(
      `WITH RECURSIVE kinds (kind) AS (
         SELECT min(kind) FROM records WHERE run = :run
         UNION ALL SELECT (SELECT min(kind) FROM records WHERE run = :run AND kind > kinds.kind) FROM kinds WHERE kind IS NOT NULL
       )
       SELECT kind, (SELECT max(seq) FROM records WHERE run = :run AND kind = kinds.kind) AS rows FROM kinds WHERE kind IS NOT NULL`,
    );
    this.#members = db.prepare(
      "SELECT DISTINCT CASE json_type(data) WHEN 'object' THEN key END AS key FROM records, json_each(data) WHERE run = ? AND kind = ?",
    );
    this.#get = db.prepare("SELECT kind, seq, data FROM records WHERE run = ? AND kind = ? AND seq = ?");
    this.#chosen = db.prepare(
      `SELECT data FROM records WHERE run = :run AND kind = :kind AND seq > :after AND seq <= :until
         AND (:path IS NULL OR json_extract(data, :path) IS NULL OR json_extract(data, :path) >= :atLeast
              OR json_extract(data, :path) IN (SELECT value FROM json_each(:among)))
       ORDER BY seq`,
    );
    this.#clear = db.prepare("DELETE FROM records");
  }

  /** Appends rows; gives the seq of the last one. Call it inside the transaction that settles the frame. */
  append(params: { run: number; frame: number; kind: string; rows: readonly Json[] }): number {
    const last = this.#last.get(params.run, params.kind) as Row | undefined;
    let seq = last === undefined ? 0 : last.seq as number;
    for (const row of params.rows) {
      this.#insert.run(params.run, params.kind, ++seq, params.frame, JSON.stringify(row));
    }
    return seq;
  }

  /** The rows of a kind after `after`, in order. */
  page(params: { run: number; kind: string; after: number; limit: number }): RunRecord[] {
    return (this.#page.all(params.run, params.kind, params.after, params.limit) as Row[]).map(toRecord);
  }

  /** One row, which is there. */
  get(params: { run: number; kind: string; seq: number }): RunRecord {
    return toRecord(this.#get.get(params.run, params.kind, params.seq) as Row);
  }

  /**
   * Of the rows behind `after` up to `until`, those whose member is at least `atLeast`, or among the texts, or not there; all
   * when no member is named.
   */
  chosen(params: {
    run: number;
    kind: string;
    after: number;
    until: number;
    member: string | null;
    atLeast: string | null;
    among: readonly string[] | null;
  }): Json[] {
    const { member, among, ...bounds } = params;
    const rows = this.#chosen.all({
      ...bounds,
      path: member === null ? null : `$."${member}"`,
      among: among === null ? null : JSON.stringify(among),
    }) as Row[];
    return rows.map(({ data }) => storedJson(data as string));
  }

  /** All rows of a run. */
  of(run: number): RecordRows {
    return {
      kinds: () => this.kinds(run),
      each: (kind) => this.each({ run, ...(kind === undefined ? {} : { kind }) }),
    };
  }

  /** The rows of a kind as they are stored, one after another. */
  *texts(params: { run: number; kind: string }): Generator<{ seq: number; text: string }> {
    for (const row of this.#each(params)) yield { seq: row.seq as number, text: row.data as string };
  }

  /** Every row of a kind (of all kinds, by kind, when none is named), read page by page so that memory stays flat. */
  *each(params: { run: number; kind?: string }): Generator<RunRecord> {
    const kinds = params.kind === undefined ? [...this.kinds(params.run).keys()] : [params.kind];
    for (const kind of kinds) {
      for (const row of this.#each({ run: params.run, kind })) yield toRecord(row);
    }
  }

  *#each({ run, kind }: { run: number; kind: string }): Generator<Row> {
    let after = 0;
    for (;;) {
      const rows = this.#page.all(run, kind, after, PAGE) as Row[];
      yield* rows;
      if (rows.length < PAGE) break;
      after = rows.at(-1)!.seq as number;
    }
  }

  /** How many rows of each kind a run has. */
  kinds(run: number): Map<string, number> {
    const rows = this.#kinds.all({ run }) as Row[];
    return new Map(rows.map((row) => [row.kind as string, row.rows as number]));
  }

  /** The members that the rows of a kind have, in the order in which they are first seen; null for rows that are no objects. */
  members(params: { run: number; kind: string }): (string | null)[] {
    return (this.#members.all(params.run, params.kind) as Row[]).map(({ key }) => key as string | null);
  }

  clear(): void {
    this.#clear.run();
  }
}

function toRecord(row: Row): RunRecord {
  return { kind: row.kind as string, seq: row.seq as number, data: storedJson(row.data as string) };
}
