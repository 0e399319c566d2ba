import { FRAME_STATUSES, isFrameSettled, isRunEnded, RUN_STATUSES } from "../../core/states.ts";
import { statusIn } from "../status_in.ts";

/** Version 4: the same tables with constraints that cost less, and without the fingerprint, which the call itself gives. */
export const cheapConstraints = `
CREATE TABLE new_task_runs (
  run INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  function_id INTEGER NOT NULL REFERENCES task_functions (id),
  task_name TEXT NOT NULL,
  status TEXT NOT NULL CHECK (${statusIn(RUN_STATUSES)}),
  input TEXT NOT NULL CHECK (json_valid(input)),
  result TEXT CHECK (result IS NULL OR json_valid(result)),
  error TEXT CHECK (error IS NULL OR json_valid(error)),
  progress TEXT CHECK (progress IS NULL OR json_valid(progress)),
  seed TEXT NOT NULL,
  -- the frame whose outcome is this run's: of its own (seq 0), or a call of the run that it is nested in
  root_frame INTEGER NOT NULL,
  parent_run INTEGER REFERENCES task_runs (run),
  attempt_epoch INTEGER NOT NULL DEFAULT 1,
  log_lines INTEGER NOT NULL DEFAULT 0,
  -- 1 while the run has a realm: whose code may have been running when the process died
  live INTEGER NOT NULL DEFAULT 0 CHECK (live IN (0, 1)),
  -- deaths of the process while nothing but this run's code was running
  deaths INTEGER NOT NULL DEFAULT 0,
  -- such deaths in the first moments of a turn, or in the replay of turns that were taken before
  early_deaths INTEGER NOT NULL DEFAULT 0,
  stalls INTEGER NOT NULL DEFAULT 0,
  runtime_version TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  locale TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  CHECK (${statusIn(RUN_STATUSES.filter(isRunEnded))} = (ended_at IS NOT NULL)),
  CHECK ((status = 'completed') = (result IS NOT NULL)),
  CHECK (status NOT IN ('completed', 'queued') OR error IS NULL)
) STRICT;
INSERT INTO new_task_runs
  SELECT run, id, function_id, task_name, status, input, result, error, progress, seed, root_frame, parent_run,
         attempt_epoch, log_lines, live, deaths, early_deaths, stalls, runtime_version, time_zone, locale,
         created_at, started_at, ended_at
  FROM task_runs;
DROP TABLE task_runs;
ALTER TABLE new_task_runs RENAME TO task_runs;
CREATE INDEX task_runs_unfinished ON task_runs (status) WHERE ended_at IS NULL;
CREATE INDEX task_runs_parent ON task_runs (parent_run) WHERE parent_run IS NOT NULL;
CREATE INDEX task_runs_root_frame ON task_runs (root_frame);

CREATE TABLE new_stack_runs (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES task_runs (run) DEFERRABLE INITIALLY DEFERRED,
  seq INTEGER NOT NULL CHECK (seq >= 0),
  service TEXT NOT NULL,
  method TEXT NOT NULL,
  args TEXT NOT NULL,
  status TEXT NOT NULL CHECK (${statusIn(FRAME_STATUSES)}),
  -- 1: an outside call, holds a lane while it is processing
  lane INTEGER NOT NULL CHECK (lane IN (0, 1)),
  attempt INTEGER NOT NULL DEFAULT 0,
  -- a pending frame is not claimed before this time, and not while blocked ('held', or the key it queues for)
  ready_at INTEGER,
  blocked TEXT,
  waiting_for TEXT,
  progress TEXT,
  result TEXT,
  error TEXT,
  -- the delivery it was issued after, 0 before the first
  caused_by INTEGER NOT NULL DEFAULT 0,
  -- order in which outcomes were given to the realm, from 1 within the run
  delivery INTEGER,
  delivered_at INTEGER,
  issued_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  UNIQUE (run, seq),
  CHECK (${statusIn(FRAME_STATUSES.filter(isFrameSettled))} = (ended_at IS NOT NULL)),
  CHECK ((status = 'completed') = (result IS NOT NULL)),
  CHECK ((delivery IS NULL) = (delivered_at IS NULL)),
  CHECK (delivery IS NULL OR ended_at IS NOT NULL)
) STRICT;
INSERT INTO new_stack_runs
  SELECT id, run, seq, service, method, args, status, lane, attempt, ready_at, blocked, waiting_for, progress,
         result, error, caused_by, delivery, delivered_at, issued_at, started_at, ended_at
  FROM stack_runs;
DROP TABLE stack_runs;
ALTER TABLE new_stack_runs RENAME TO stack_runs;
CREATE INDEX stack_runs_ready ON stack_runs (lane, run, seq)
  WHERE status = 'pending' AND ready_at IS NULL AND blocked IS NULL;
CREATE INDEX stack_runs_waiting ON stack_runs (ready_at) WHERE status = 'pending' AND ready_at IS NOT NULL;
CREATE INDEX stack_runs_blocked ON stack_runs (blocked, id) WHERE status = 'pending' AND blocked IS NOT NULL;
CREATE INDEX stack_runs_open ON stack_runs (run, seq) WHERE ended_at IS NULL;
CREATE INDEX stack_runs_unsuccessful ON stack_runs (run, status) WHERE status IN ('failed', 'cancelled');
CREATE UNIQUE INDEX stack_runs_delivery ON stack_runs (run, delivery) WHERE delivery IS NOT NULL;
`;
