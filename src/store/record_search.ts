import { isJsonObject, type Json } from "../core/json.ts";
import type { Row } from "./database.ts";
import type { RecordRows, Records, RunRecord } from "./records.ts";
import { Scratch } from "./scratch.ts";
import { storedJson } from "./stored_json.ts";
import { indexedText, wordsQuery } from "./words_query.ts";

/** Rows that are indexed at a time. */
const PAGE = 500;
/** Between two texts of a row: a word that nobody looks for, so that no phrase reaches from one into the other. */
const BETWEEN = " \u{e000} ";

/**
 * The rows of a run with certain words in any of their texts. A page of rows is indexed, asked and forgotten, before the next
 * is read: nobody keeps an index for a question that may never come, and memory stays flat.
 */
export class FoundRecords implements RecordRows, Disposable {
  readonly #db = new Scratch();
  readonly #records: Records;
  readonly #run: number;

  /** Throws USAGE when `words` names none. */
  constructor(records: Records, params: { run: number; kind: string | undefined; words: string }) {
    this.#records = records;
    this.#run = params.run;
    const query = wordsQuery(params.words);
    this.#db.exec(
      "CREATE TABLE found (kind TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (kind, seq)) WITHOUT ROWID; " +
        `CREATE VIRTUAL TABLE page USING fts5 (words, content = '', tokenize = "unicode61 remove_diacritics 2")`,
    );
    const kinds = params.kind === undefined ? [...records.kinds(params.run).keys()] : [params.kind];
    for (const kind of kinds) this.#find(kind, query);
  }

  kinds(): Map<string, number> {
    const rows = this.#db.prepare("SELECT kind, count(*) AS rows FROM found GROUP BY kind ORDER BY kind")
      .all() as Row[];
    return new Map(rows.map(({ kind, rows }) => [kind as string, rows as number]));
  }

  *each(kind?: string): Generator<RunRecord> {
    const page = this.#db.prepare("SELECT seq FROM found WHERE kind = ? AND seq > ? ORDER BY seq LIMIT ? + 0");
    for (const name of kind === undefined ? this.kinds().keys() : [kind]) {
      for (let after = 0;;) {
        const seqs = (page.all(name, after, PAGE) as Row[]).map(({ seq }) => seq as number);
        for (const seq of seqs) yield this.#records.get({ run: this.#run, kind: name, seq });
        if (seqs.length < PAGE) break;
        after = seqs.at(-1)!;
      }
    }
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }

  #find(kind: string, query: string): void {
    const add = this.#db.prepare("INSERT INTO page (rowid, words) VALUES (?, ?)");
    const keep = this.#db.prepare("INSERT INTO found (kind, seq) SELECT ?, rowid FROM page WHERE page MATCH ?");
    const forget = this.#db.prepare("INSERT INTO page (page) VALUES ('delete-all')");
    let count = 0;
    const ask = () => {
      keep.run(kind, query);
      forget.run();
    };
    for (const { seq, text } of this.#records.texts({ run: this.#run, kind })) {
      add.run(seq, indexedText(textsOf(storedJson(text)).join(BETWEEN)));
      if (++count % PAGE === 0) ask();
    }
    ask();
  }
}

/** Every text in a value; names of members are none. */
function textsOf(value: Json): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  return isJsonObject(value) ? Object.values(value).flatMap(textsOf) : [];
}
