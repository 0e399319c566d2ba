/**
 * Version 5: the audit log, to which is only appended, and for each run of its own the row that tells of its submission.
 * `audit.entry` is canonical JSON, `hash` the sha-256 (hex) of the hash before it and the sha-256 of the entry.
 */
export const audit = `
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  entry TEXT NOT NULL CHECK (json_valid(entry)),
  hash TEXT NOT NULL CHECK (length(hash) = 64)
) STRICT;
CREATE TRIGGER audit_follows BEFORE INSERT ON audit
  WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM audit)
  BEGIN SELECT RAISE(ABORT, 'an entry of the audit log follows the last one'); END;
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
  BEGIN SELECT RAISE(ABORT, 'nothing is changed in the audit log'); END;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
  BEGIN SELECT RAISE(ABORT, 'nothing is deleted from the audit log'); END;
ALTER TABLE task_runs ADD COLUMN audit INTEGER;
`;
