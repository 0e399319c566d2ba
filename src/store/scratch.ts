import { DatabaseSync } from "node:sqlite";

/**
 * An empty database that no other process sees: in memory, and what does not fit in a file without a name, which is gone
 * with the process. Everything in it is one transaction, which nothing ever commits.
 */
export function openScratch(): DatabaseSync {
  const db = new DatabaseSync("");
  db.exec(
    "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -32768; PRAGMA temp_store = FILE; " +
      "PRAGMA trusted_schema = OFF; BEGIN",
  );
  return db;
}
