import { createHash } from "node:crypto";
import { canonicalJson, type Json, type JsonObject } from "../core/json.ts";
import type { Database, Row } from "./database.ts";

/** A row of the audit log. */
export interface AuditRow {
  /** From 1, without a gap. */
  readonly seq: number;
  /** Canonical JSON of the entry, its `seq` and its time `at` (ISO, UTC) among its members. */
  readonly text: string;
  /** sha-256 (hex) of the text. */
  readonly digest: string;
  /** sha-256 (hex) of the hash before it and the digest: who knows the digests can check the chain without reading the entries. */
  readonly hash: string;
}

/** What comes before the first hash. */
export const NO_HASH = "0".repeat(64);

/** Rows read at a time. */
const PAGE = 500;

/** What was asked, by whom and why, and how it ended: rows that are chained by their hashes and never change. */
export class Audit {
  readonly #insert;
  readonly #last;
  readonly #page;
  readonly #get;

  constructor(db: Database) {
    this.#insert = db.prepare("INSERT INTO audit (seq, entry, hash) VALUES (?, ?, ?)");
    this.#last = db.prepare("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1");
    this.#page = db.prepare("SELECT seq, entry, hash FROM audit WHERE seq > ? ORDER BY seq LIMIT ?");
    this.#get = db.prepare("SELECT seq, entry AS text FROM audit WHERE seq = ?");
  }

  /** Appends an entry; gives its seq. Call it inside the transaction that does what it tells of. */
  append(entry: JsonObject, now: number): number {
    const last = this.head();
    const seq = (last?.seq ?? 0) + 1;
    const text = canonicalJson({ ...entry, seq, at: new Date(now).toISOString() });
    this.#insert.run(seq, text, chained(last?.hash ?? NO_HASH, sha256(text)));
    return seq;
  }

  /** The last row's place and hash; undefined when there is none. */
  head(): { seq: number; hash: string } | undefined {
    const row = this.#last.get() as Row | undefined;
    return row && { seq: row.seq as number, hash: row.hash as string };
  }

  /** The entry at a place; undefined when there is none that was written here. */
  entry(seq: number): JsonObject | undefined {
    const row = this.#get.get(seq) as Pick<AuditRow, "seq" | "text"> | undefined;
    return row && entryOf(row);
  }

  /** All rows in order, as they are stored. */
  *each(): Generator<AuditRow> {
    // Below every number that a row can have.
    for (let after = Number.MIN_SAFE_INTEGER;;) {
      const rows = this.#page.all(after, PAGE) as Row[];
      for (const { seq, entry, hash } of rows) {
        yield { seq: seq as number, text: entry as string, digest: sha256(entry as string), hash: hash as string };
      }
      if (rows.length < PAGE) break;
      after = rows.at(-1)!.seq as number;
    }
  }
}

/** sha-256 (hex). */
export function sha256(text: string | Uint8Array): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The hash of a row that follows a hash. */
export function chained(previous: string, digest: string): string {
  return sha256(previous + digest);
}

/** The entry of a row; undefined when it is none that was written here. */
export function entryOf({ seq, text }: Pick<AuditRow, "seq" | "text">): JsonObject | undefined {
  let entry: Json;
  try {
    entry = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  const isEntry = typeof entry === "object" && entry !== null && !Array.isArray(entry);
  return isEntry && (entry as JsonObject).seq === seq ? entry as JsonObject : undefined;
}
