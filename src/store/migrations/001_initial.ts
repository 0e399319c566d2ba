import { FRAME_STATUSES, RUN_STATUSES } from "../../core/states.ts";

const oneOf = (names: readonly string[]) => names.map((name) => `'${name}'`).join(", ");

/** Version 1 of the file. Times are ms since 1970; JSON is text. */
export const initial = `
CREATE TABLE owner (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  epoch INTEGER NOT NULL,
  pid INTEGER NOT NULL,
  since INTEGER NOT NULL,
  -- 1 while an owner is at work; found 1 at a change of owner, the one before has died
  at_work INTEGER NOT NULL CHECK (at_work IN (0, 1))
) STRICT;
INSERT INTO owner (id, epoch, pid, since, at_work) VALUES (1, 0, 0, 0, 0);

CREATE TABLE task_functions (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version >= 1),
  hash TEXT NOT NULL,
  filename TEXT NOT NULL,
  source TEXT NOT NULL,
  manifest TEXT NOT NULL CHECK (json_valid(manifest)),
  embedded INTEGER NOT NULL CHECK (embedded IN (0, 1)),
  created_at INTEGER NOT NULL,
  UNIQUE (name, version)
) STRICT;

CREATE TABLE task_runs (
  run INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  function_id INTEGER NOT NULL REFERENCES task_functions (id),
  task_name TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN (${oneOf(RUN_STATUSES)})),
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
  stalls INTEGER NOT NULL DEFAULT 0,
  runtime_version TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  locale TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  CHECK ((status IN ('completed', 'failed', 'cancelled')) = (ended_at IS NOT NULL)),
  CHECK ((status = 'completed') = (result IS NOT NULL)),
  CHECK (status NOT IN ('completed', 'queued') OR error IS NULL)
) STRICT;
CREATE INDEX task_runs_unfinished ON task_runs (status) WHERE ended_at IS NULL;
CREATE INDEX task_runs_parent ON task_runs (parent_run) WHERE parent_run IS NOT NULL;
CREATE INDEX task_runs_root_frame ON task_runs (root_frame);

CREATE TABLE stack_runs (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES task_runs (run) DEFERRABLE INITIALLY DEFERRED,
  seq INTEGER NOT NULL CHECK (seq >= 0),
  service TEXT NOT NULL,
  method TEXT NOT NULL,
  args TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN (${oneOf(FRAME_STATUSES)})),
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
  -- order in which outcomes were given to the realm, from 1 within the run
  delivery INTEGER,
  delivered_at INTEGER,
  issued_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  UNIQUE (run, seq),
  CHECK ((status IN ('completed', 'failed', 'cancelled')) = (ended_at IS NOT NULL)),
  CHECK ((status = 'completed') = (result IS NOT NULL)),
  CHECK ((delivery IS NULL) = (delivered_at IS NULL)),
  CHECK (delivery IS NULL OR status IN ('completed', 'failed', 'cancelled'))
) STRICT;
CREATE INDEX stack_runs_ready ON stack_runs (lane, run, seq)
  WHERE status = 'pending' AND ready_at IS NULL AND blocked IS NULL;
CREATE INDEX stack_runs_waiting ON stack_runs (ready_at) WHERE status = 'pending' AND ready_at IS NOT NULL;
CREATE INDEX stack_runs_blocked ON stack_runs (blocked, id) WHERE status = 'pending' AND blocked IS NOT NULL;
CREATE INDEX stack_runs_open ON stack_runs (run, seq) WHERE ended_at IS NULL;
CREATE INDEX stack_runs_unsuccessful ON stack_runs (run, status) WHERE status IN ('failed', 'cancelled');
CREATE UNIQUE INDEX stack_runs_delivery ON stack_runs (run, delivery) WHERE delivery IS NOT NULL;

CREATE TABLE records (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES task_runs (run),
  kind TEXT NOT NULL,
  seq INTEGER NOT NULL,
  frame INTEGER NOT NULL,
  data TEXT NOT NULL CHECK (json_valid(data)),
  UNIQUE (run, kind, seq)
) STRICT;

CREATE TABLE logs (
  id INTEGER PRIMARY KEY,
  run INTEGER REFERENCES task_runs (run),
  at INTEGER NOT NULL,
  level TEXT NOT NULL CHECK (level IN ('debug', 'info', 'warn', 'error')),
  source TEXT NOT NULL CHECK (source IN ('task', 'engine')),
  text TEXT NOT NULL
) STRICT;
CREATE INDEX logs_run ON logs (run, id);

CREATE TABLE keystore (
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  -- nonce (12 bytes), ciphertext, tag (16 bytes)
  sealed BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (namespace, name)
) STRICT, WITHOUT ROWID;
`;
