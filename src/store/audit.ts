import { canonicalJson, type JsonObject } from "../core/json.ts";
import { sha256 } from "./sha256.ts";
import { Chain, NO_HASH } from "./chain.ts";
import type { Database } from "./database.ts";

/**
 * What was asked, by whom and why, and how it ended: rows that are chained by their hashes and never change. An entry is
 * canonical JSON, with its time `at` (ISO, UTC). A hash covers the entry's sha-256: who knows the digests can check the chain
 * without reading the entries.
 */
export class Audit extends Chain {
  constructor(db: Database) {
    super(db, "audit", sha256);
  }

  /** Appends an entry; gives its seq. Call it inside the transaction that does what it tells of. */
  append(entry: JsonObject, now: number): number {
    const last = this.last() ?? { seq: 0, hash: NO_HASH };
    const text = canonicalJson({ ...entry, seq: last.seq + 1, at: new Date(now).toISOString() });
    return this.link(last, text).seq;
  }
}
