/**
 * Version 12: the rules for outgoing calls. `owner.rules` is raised with every change of them, and read with the epoch.
 * `stack_runs.gate` (JSON) says of a call that a rule did not let through what became of it; see `gates.ts`.
 */
export const policy = `
CREATE TABLE policy (
  id INTEGER PRIMARY KEY,
  -- rules are tried in this order
  place INTEGER NOT NULL,
  effect TEXT NOT NULL CHECK (effect IN ('allow', 'deny', 'ask')),
  task TEXT NOT NULL,
  service TEXT NOT NULL,
  method TEXT NOT NULL,
  conditions TEXT NOT NULL CHECK (json_valid(conditions)),
  added_at INTEGER NOT NULL,
  added_by TEXT NOT NULL
) STRICT;
ALTER TABLE owner ADD COLUMN rules INTEGER NOT NULL DEFAULT 0;
ALTER TABLE stack_runs ADD COLUMN gate TEXT CHECK (gate IS NULL OR json_valid(gate));
`;
