/**
 * Version 8: signals sent to runs, in order of arrival. `taken_by` is the frame whose result a signal has become, `passed_by`
 * the last one that it did not fit. `signal_id` is the sender's own name for it: sent again under it, it is there once.
 */
export const signals = `
CREATE TABLE signals (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES task_runs (run),
  name TEXT NOT NULL,
  data TEXT NOT NULL CHECK (json_valid(data)),
  signal_id TEXT,
  taken_by INTEGER,
  passed_by INTEGER,
  sent_at INTEGER NOT NULL,
  UNIQUE (run, signal_id)
) STRICT;
CREATE INDEX signals_kept ON signals (run, name, id) WHERE taken_by IS NULL;
`;
