import { FRAME_STATUSES, isFrameSettled, isRunEnded, RUN_STATUSES } from "../../core/states.ts";
import { statusIn } from "../status_in.ts";

/**
 * All that a file of today's version has before anything is written into it: what the migrations make of an older one. A column
 * that a migration adds stands behind those that were there. Times are ms since 1970; JSON is text.
 */
export const schema = `
-- One row: who owns the file, or has owned it last.
CREATE TABLE owner (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  -- raised at each change of owner
  epoch INTEGER NOT NULL,
  pid INTEGER NOT NULL,
  since INTEGER NOT NULL,
  -- 1 while an owner is at work; found 1 at a change of owner, the one before has died
  at_work INTEGER NOT NULL CHECK (at_work IN (0, 1)),
  -- raised with every change of policy and budgets
  rules INTEGER NOT NULL DEFAULT 0,
  -- calls that were made before it have no entry in the ledger
  ledger_since INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO owner (id, epoch, pid, since, at_work) VALUES (1, 0, 0, 0, 0);

-- The code of tasks, one row for each version.
CREATE TABLE task_functions (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version >= 1),
  hash TEXT NOT NULL,
  filename TEXT NOT NULL,
  source TEXT NOT NULL,
  manifest TEXT NOT NULL CHECK (json_valid(manifest)),
  -- 1: it comes with tasker
  embedded INTEGER NOT NULL CHECK (embedded IN (0, 1)),
  created_at INTEGER NOT NULL,
  -- of a task that comes with tasker: a digest of the files that it was built from
  built_from TEXT,
  UNIQUE (name, version)
) STRICT;

CREATE TABLE task_runs (
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
  -- of a run of its own: the entry of the audit log that tells of its submission
  audit INTEGER,
  -- the key under which it was submitted; of one task there is one run under it
  idempotency_key TEXT,
  -- while it is being cancelled: what its calls are told (an error, JSON), and the last delivery that came before
  cancellation TEXT,
  cancelled_after INTEGER,
  -- when the engine does something to it by itself
  due_at INTEGER,
  -- when it must be over
  deadline INTEGER,
  -- how soon it goes among others
  priority INTEGER NOT NULL DEFAULT 0,
  -- when it was let begin, of a task that limits its runs
  admitted_at INTEGER,
  -- of a run that shares another one's journal up to a call: { run, from, set }, which run and from which call on
  forked_from TEXT CHECK (forked_from IS NULL OR json_valid(forked_from)),
  -- the id of the failed run that it goes on with; a run is retried once, a retry that fails is retried itself
  retry_of TEXT,
  CHECK (${statusIn(RUN_STATUSES.filter(isRunEnded))} = (ended_at IS NOT NULL)),
  CHECK ((status = 'completed') = (result IS NOT NULL)),
  CHECK (status NOT IN ('completed', 'queued') OR error IS NULL)
) STRICT;
CREATE INDEX task_runs_unfinished ON task_runs (status) WHERE ended_at IS NULL;
CREATE INDEX task_runs_parent ON task_runs (parent_run) WHERE parent_run IS NOT NULL;
CREATE INDEX task_runs_root_frame ON task_runs (root_frame);
CREATE UNIQUE INDEX task_runs_idempotency_key ON task_runs (task_name, idempotency_key)
  WHERE idempotency_key IS NOT NULL;
CREATE INDEX task_runs_due ON task_runs (due_at) WHERE due_at IS NOT NULL AND ended_at IS NULL;
CREATE INDEX task_runs_admitted ON task_runs (task_name, admitted_at) WHERE admitted_at IS NOT NULL;
CREATE INDEX task_runs_admitted_open ON task_runs (task_name)
  WHERE admitted_at IS NOT NULL AND ended_at IS NULL;
CREATE UNIQUE INDEX task_runs_retry_of ON task_runs (retry_of) WHERE retry_of IS NOT NULL;

-- The journal: a frame for each call, and for the root of each run.
CREATE TABLE stack_runs (
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
  -- how it wants to be made
  options TEXT CHECK (options IS NULL OR json_valid(options)),
  -- which of those that are ready, or queue for the same, goes first
  priority INTEGER NOT NULL DEFAULT 0,
  -- of a call that a rule did not let through: what became of it; see gates.ts
  gate TEXT CHECK (gate IS NULL OR json_valid(gate)),
  UNIQUE (run, seq),
  CHECK (${statusIn(FRAME_STATUSES.filter(isFrameSettled))} = (ended_at IS NOT NULL)),
  CHECK ((status = 'completed') = (result IS NOT NULL)),
  CHECK ((delivery IS NULL) = (delivered_at IS NULL)),
  CHECK (delivery IS NULL OR ended_at IS NOT NULL)
) STRICT;
CREATE INDEX stack_runs_waiting ON stack_runs (ready_at) WHERE status = 'pending' AND ready_at IS NOT NULL;
CREATE INDEX stack_runs_open ON stack_runs (run, seq) WHERE ended_at IS NULL;
CREATE INDEX stack_runs_unsuccessful ON stack_runs (run, status) WHERE status IN ('failed', 'cancelled');
CREATE UNIQUE INDEX stack_runs_delivery ON stack_runs (run, delivery) WHERE delivery IS NOT NULL;
CREATE INDEX stack_runs_ready ON stack_runs (lane, priority DESC, run, seq)
  WHERE status = 'pending' AND ready_at IS NULL AND blocked IS NULL;
CREATE INDEX stack_runs_blocked ON stack_runs (blocked, priority DESC, id)
  WHERE status = 'pending' AND blocked IS NOT NULL;

-- Which run has started a run, and which runs are one chain, each continuing the one before it.
CREATE TABLE run_links (
  run INTEGER PRIMARY KEY REFERENCES task_runs (run),
  -- the id of the run that has started it
  started_by TEXT,
  -- the id of the first run of its chain
  chain TEXT,
  -- the sha-256 of the input that the chain was submitted with
  asked TEXT
) STRICT;
CREATE INDEX run_links_started ON run_links (started_by) WHERE started_by IS NOT NULL;
CREATE INDEX run_links_chain ON run_links (chain, run) WHERE chain IS NOT NULL;

-- Signals sent to runs, in order of arrival.
CREATE TABLE signals (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES task_runs (run),
  name TEXT NOT NULL,
  data TEXT NOT NULL CHECK (json_valid(data)),
  -- the sender's own name for it: sent again under it, it is there once
  signal_id TEXT,
  -- the frame whose result it has become, and the last one that it did not fit
  taken_by INTEGER,
  passed_by INTEGER,
  sent_at INTEGER NOT NULL,
  UNIQUE (run, signal_id)
) STRICT;
CREATE INDEX signals_kept ON signals (run, name, id) WHERE taken_by IS NULL;

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
  -- the next time for which it fires, null when its pattern has no more
  next_at INTEGER,
  -- the time for which it fired last, and what came of it: the run's id or an error
  last_at INTEGER,
  last_run TEXT,
  last_error TEXT CHECK (last_error IS NULL OR json_valid(last_error)),
  created_at INTEGER NOT NULL,
  CHECK (last_run IS NULL OR last_error IS NULL)
) STRICT;
CREATE INDEX schedules_due ON schedules (next_at) WHERE paused = 0 AND next_at IS NOT NULL;

-- The rules for outgoing calls.
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

-- How much outgoing calls may use, and what they have used.
CREATE TABLE budgets (
  -- another one whenever it begins to count anew
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  measure TEXT NOT NULL CHECK (measure IN ('calls', 'units', 'bytes', 'money')),
  -- in the measure; money and prices in billionths
  most INTEGER NOT NULL CHECK (most > 0),
  per TEXT NOT NULL CHECK (per IN ('run', 'day')),
  time_zone TEXT NOT NULL,
  price_per_call INTEGER NOT NULL,
  price_per_unit INTEGER NOT NULL,
  task TEXT NOT NULL,
  service TEXT NOT NULL,
  method TEXT NOT NULL,
  conditions TEXT NOT NULL CHECK (json_valid(conditions)),
  set_at INTEGER NOT NULL,
  set_by TEXT NOT NULL
) STRICT;
CREATE TABLE budget_spending (
  budget INTEGER NOT NULL,
  -- the date of the day, or the id of the run that the others are nested in
  span TEXT NOT NULL,
  spent INTEGER NOT NULL,
  -- bytes of the largest call so far
  largest INTEGER NOT NULL,
  PRIMARY KEY (budget, span)
) STRICT, WITHOUT ROWID;

-- The audit log, to which is only appended.
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  -- canonical JSON
  entry TEXT NOT NULL CHECK (json_valid(entry)),
  -- the sha-256 (hex) of the hash before it and the sha-256 of the entry
  hash TEXT NOT NULL CHECK (length(hash) = 64)
) STRICT;
CREATE TRIGGER audit_follows BEFORE INSERT ON audit
  WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM audit)
  BEGIN SELECT RAISE(ABORT, 'an entry of the audit log follows the last one'); END;
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
  BEGIN SELECT RAISE(ABORT, 'nothing is changed in the audit log'); END;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
  BEGIN SELECT RAISE(ABORT, 'nothing is deleted from the audit log'); END;

-- The ledger of what left the machine, to which is only appended.
CREATE TABLE ledger (
  seq INTEGER PRIMARY KEY,
  -- a page, which a commit has written (JSON); see ledger.ts
  entry TEXT NOT NULL,
  -- the sha-256 (hex) of the hash before it and the page
  hash TEXT NOT NULL CHECK (length(hash) = 64)
) STRICT;
CREATE TRIGGER ledger_follows BEFORE INSERT ON ledger
  WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM ledger)
  BEGIN SELECT RAISE(ABORT, 'a page of the ledger follows the last one'); END;
CREATE TRIGGER ledger_stays BEFORE UPDATE ON ledger
  BEGIN SELECT RAISE(ABORT, 'nothing is changed in the ledger'); END;
CREATE TRIGGER ledger_is_kept BEFORE DELETE ON ledger
  BEGIN SELECT RAISE(ABORT, 'nothing is deleted from the ledger'); END;
`;
