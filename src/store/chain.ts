import type { Json, JsonObject } from "../core/json.ts";
import { sha256 } from "./sha256.ts";
import type { Database, Row } from "./database.ts";

/** A row of a chain. */
export interface ChainRow {
  /** From 1, without a gap. */
  readonly seq: number;
  /** JSON of an object that has its `seq` among its members. */
  readonly text: string;
  /** sha-256 (hex) of the hash before it and of what the chain covers of the text. */
  readonly hash: string;
}

/** What comes before the first hash. */
export const NO_HASH = "0".repeat(64);

/** Rows read at a time. */
const PAGE = 100;

/** Rows of one table that are chained by their hashes, and to which is only appended. */
export class Chain {
  readonly #covers: (text: string) => string;
  readonly #insert;
  readonly #last;
  readonly #page;
  readonly #get;

  /** `covers`: what a hash covers of a row's text, when not the text itself. */
  constructor(db: Database, table: "audit" | "ledger", covers: (text: string) => string = (text) => text) {
    this.#covers = covers;
    this.#insert = db.prepare(`INSERT INTO ${table} (seq, entry, hash) VALUES (?, ?, ?)`);
    this.#last = db.prepare(`SELECT seq, entry, hash FROM ${table} ORDER BY seq DESC LIMIT 1`);
    this.#page = db.prepare(`SELECT seq, entry, hash FROM ${table} WHERE seq > ? ORDER BY seq LIMIT ? + 0`);
    this.#get = db.prepare(`SELECT seq, entry AS text FROM ${table} WHERE seq = ?`);
  }

  /** Appends a row behind the last one, whose place and hash are given; gives its own. */
  link(last: Pick<ChainRow, "seq" | "hash">, text: string): Pick<ChainRow, "seq" | "hash"> {
    const row = { seq: last.seq + 1, hash: this.hashOf(last.hash, text) };
    this.#insert.run(row.seq, text, row.hash);
    return row;
  }

  /** The hash of a row that follows a hash. */
  hashOf(previous: string, text: string): string {
    return chained(previous, this.#covers(text));
  }

  /** The last row; undefined when there is none. */
  last(): ChainRow | undefined {
    const row = this.#last.get() as Row | undefined;
    return row && { seq: row.seq as number, text: row.entry as string, hash: row.hash as string };
  }

  /** The object at a place; undefined when there is none that was written here. */
  entry(seq: number): JsonObject | undefined {
    const row = this.#get.get(seq) as Pick<ChainRow, "seq" | "text"> | undefined;
    return row && entryOf(row);
  }

  /** All rows in order, as they are stored. */
  *each(): Generator<ChainRow> {
    // Below every number that a row can have.
    for (let after = Number.MIN_SAFE_INTEGER;;) {
      const rows = this.#page.all(after, PAGE) as Row[];
      for (const { seq, entry, hash } of rows) {
        yield { seq: seq as number, text: entry as string, hash: hash as string };
      }
      if (rows.length < PAGE) break;
      after = rows.at(-1)!.seq as number;
    }
  }
}

/** The hash that follows a hash, over what is covered of a row. */
export function chained(previous: string, covered: string): string {
  return sha256(previous + covered);
}

/** The object of a row; undefined when it is none that was written here. */
export function entryOf({ seq, text }: Pick<ChainRow, "seq" | "text">): JsonObject | undefined {
  let entry: Json;
  try {
    entry = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  const isEntry = typeof entry === "object" && entry !== null && !Array.isArray(entry);
  return isEntry && (entry as JsonObject).seq === seq ? entry as JsonObject : undefined;
}

/**
 * Checks rows that follow each other; a row that was changed is named, and those after it are checked against what it holds
 * now. `noted`: a hash that somebody noted earlier, which the chain must still hold. `called`: what a row and the chain are
 * called.
 */
export function checkChain(
  chain: Pick<Chain, "each" | "hashOf">,
  { tell, noted, called }: {
    tell: (problem: string) => void;
    noted?: string | undefined;
    called: { row: string; rows: string; chain: string };
  },
): { rows: number; head: string | null } {
  let last: ChainRow | undefined;
  let isNotedThere = noted === undefined;
  for (const row of chain.each()) {
    const next = (last?.seq ?? 0) + 1;
    if (row.seq === next + 1) tell(`${called.row} ${next} is missing`);
    else if (row.seq > next) tell(`${called.rows} ${next} to ${row.seq - 1} are missing`);
    else if (row.seq < next) tell(`${called.row} ${row.seq} is none: the first one is 1`);
    if (entryOf(row) === undefined) tell(`${called.row} ${row.seq} was changed: it is not of its place`);
    if (row.hash !== chain.hashOf(last?.hash ?? NO_HASH, row.text)) {
      tell(`${called.row} ${row.seq} was changed, or what came before it: its hash does not fit`);
    }
    if (row.hash === noted) isNotedThere = true;
    last = row;
  }
  if (!isNotedThere) {
    tell(`no ${called.row} has the hash ${noted}: the ${called.chain} was changed or cut off since that was noted`);
  }
  return { rows: last?.seq ?? 0, head: last?.hash ?? null };
}

/** Problems that are told; of more it is said that there are. */
const TOLD = 100;

/** Collects problems, and no more than anybody reads. */
export function problemList(): { problems: string[]; tell: (problem: string) => void } {
  const problems: string[] = [];
  return {
    problems,
    tell(problem) {
      if (problems.length < TOLD) problems.push(problem);
      else if (problems.length === TOLD) problems.push("there are more problems");
    },
  };
}
