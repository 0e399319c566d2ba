/** Version 6: schedules. `next_at` is the next time for which a schedule fires, null when its pattern has no more. */
export const schedules = `
CREATE TABLE schedules (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  pattern TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  catch_up TEXT NOT NULL CHECK (catch_up IN ('none', 'one', 'all')),
  task_name TEXT NOT NULL,
  input TEXT NOT NULL CHECK (json_valid(input)),
  reason TEXT,
  added_by TEXT NOT NULL,
  paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
  next_at INTEGER,
  -- the time for which it fired last, and what came of it: the run's id or an error
  last_at INTEGER,
  last_run TEXT,
  last_error TEXT CHECK (last_error IS NULL OR json_valid(last_error)),
  created_at INTEGER NOT NULL,
  CHECK (last_run IS NULL OR last_error IS NULL)
) STRICT;
CREATE INDEX schedules_due ON schedules (next_at) WHERE paused = 0 AND next_at IS NOT NULL;
`;
