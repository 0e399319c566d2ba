/**
 * Version 19: the ledger of what left the machine, to which is only appended. `ledger.entry` is a page, which a commit has
 * written (JSON, see `ledger.ts`), `hash` the sha-256 (hex) of the hash before it and the page. Calls that were made before
 * `owner.ledger_since` (ms) have no entry.
 */
export const ledger = `
CREATE TABLE ledger (
  seq INTEGER PRIMARY KEY,
  entry TEXT NOT NULL,
  hash TEXT NOT NULL CHECK (length(hash) = 64)
) STRICT;
CREATE TRIGGER ledger_follows BEFORE INSERT ON ledger
  WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM ledger)
  BEGIN SELECT RAISE(ABORT, 'a page of the ledger follows the last one'); END;
CREATE TRIGGER ledger_stays BEFORE UPDATE ON ledger
  BEGIN SELECT RAISE(ABORT, 'nothing is changed in the ledger'); END;
CREATE TRIGGER ledger_is_kept BEFORE DELETE ON ledger
  BEGIN SELECT RAISE(ABORT, 'nothing is deleted from the ledger'); END;
ALTER TABLE owner ADD COLUMN ledger_since INTEGER NOT NULL DEFAULT 0;
UPDATE owner SET ledger_since = CAST(unixepoch('subsec') * 1000 AS INTEGER) WHERE EXISTS (SELECT 1 FROM stack_runs);
`;
