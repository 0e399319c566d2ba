import { frameId } from "../core/ids.ts";
import type { Row } from "./database.ts";
import { failed, type Finding, noted, ok } from "./finding.ts";
import type { Store } from "./store.ts";
import { storedJson } from "./stored_json.ts";

const MINUTE = 60_000;
/** An owner looks at the clock once a minute; a call that could begin begins at once, ms. */
const OVERDUE = 3 * MINUTE;
/** A wait that somebody should know of, ms. */
const LONG_WAIT = 30 * 24 * 60 * MINUTE;
/** Of what there is much, so many are named. */
const NAMED = 3;

/** What does not go on, though it should; or goes on only when somebody says so. `isOwned`: a process works on the file. */
export function* stuck(store: Store, { now, isOwned }: { now: number; isOwned: boolean }): Generator<Finding> {
  yield unowned(store, isOwned);
  if (isOwned) yield* [unclaimed(store, now), overdue(store, now)];
  yield held(store);
  yield endless(store);
  yield long(store, now);
  yield* schedules(store);
}

function unowned(store: Store, isOwned: boolean): Finding {
  const open = store.taskRuns.unfinished().filter(({ status }) => status !== "held");
  const rows = frames(store, "status = 'processing' AND seq > 0");
  if (isOwned || open.length === 0) return ok("unfinished runs", `${open.length} at work or waiting`);
  const inFlight = rows.length === 0 ? "" : `; in flight were ${named(rows)}`;
  return noted(
    "unfinished runs",
    `${open.length} at rest, since no tasker process works on the database${inFlight}`,
    "`tasker resume` lets them go on, or `tasker serve`",
  );
}

/** While lanes are taken, calls wait for one: then nothing is stuck. */
function unclaimed(store: Store, now: number): Finding {
  const ready = "status = 'pending' AND ready_at IS NULL AND blocked IS NULL";
  const rows = frames(store, `${ready} AND issued_at < ${now - OVERDUE}`);
  if (rows.length === 0 || frames(store, "status = 'processing' AND lane = 1").length > 0) {
    return ok("ready calls", "none waits to be begun");
  }
  return failed("ready calls", `${rows.length} could have begun long ago: ${named(rows)}`, RESTART);
}

function overdue(store: Store, now: number): Finding {
  const rows = frames(store, `status = 'pending' AND ready_at < ${now - OVERDUE}`);
  if (rows.length === 0) return ok("waiting calls", "none is past its time");
  return failed("waiting calls", `${rows.length} past their time: ${named(rows)}`, RESTART);
}

const RESTART = "end the tasker process that owns the database and start it again: nothing is lost; then tell us of it";

function held(store: Store): Finding {
  const runs = store.taskRuns.unfinished().filter(({ status, parentRun }) => status === "held" && parentRun === null);
  if (runs.length === 0) return ok("held runs", "none");
  return noted(
    "held runs",
    `${runs.length} held by a person: ${namedRuns(runs)}`,
    "`tasker resume RUN` lets one go on, `tasker cancel RUN` ends it",
  );
}

/** A run whose realm sleeps, without a call that could wake it. */
function endless(store: Store): Finding {
  const rows = store.db.prepare(
    `SELECT id FROM task_runs WHERE status = 'suspended_waiting_child'
       AND NOT EXISTS (SELECT 1 FROM stack_runs WHERE stack_runs.run = task_runs.run AND seq > 0 AND ended_at IS NULL)`,
  ).all() as { id: string }[];
  if (rows.length === 0) return ok("waiting runs", "each has something to wait for");
  return failed(
    "waiting runs",
    `${rows.length} waiting for nothing: ${namedRuns(rows)}`,
    "`tasker cancel RUN` ends one; this should not happen: tell us of it",
  );
}

function long(store: Store, now: number): Finding {
  // What is blocked, and by no key of calls, waits for a signal or a person without a time.
  const rows = frames(
    store,
    `status = 'pending' AND (ready_at > ${now + LONG_WAIT} OR (ready_at IS NULL AND blocked NOT LIKE 'key %'))`,
  );
  if (rows.length === 0) return ok("long waits", "none without end or of more than 30 days");
  return noted(
    "long waits",
    `${rows.length} without end or of more than 30 days: ${named(rows)}`,
    "`tasker show RUN` says what for",
  );
}

function* schedules(store: Store): Generator<Finding> {
  for (const { name, lastError } of store.schedules.list()) {
    if (lastError === null) continue;
    const { message } = storedJson(lastError) as { message: string };
    yield failed(
      `schedule ${name}`,
      `its last time has made no run: ${message}`,
      `add it anew with an input that fits, then \`tasker schedule remove ${name}\``,
    );
  }
}

function frames(store: Store, where: string): { id: string; call: string }[] {
  const rows = store.db.prepare(
    `SELECT task_runs.id AS id, seq, service, method FROM stack_runs JOIN task_runs USING (run)
     WHERE task_runs.ended_at IS NULL AND task_runs.status <> 'held' AND stack_runs.${where} ORDER BY stack_runs.id`,
  ).all() as Row[];
  return rows.map(({ id, seq, service, method }) => ({
    id: frameId(id as string, seq as number),
    call: `${service}.${method}`,
  }));
}

function named(rows: readonly { id: string; call: string }[]): string {
  const some = rows.slice(0, NAMED).map(({ id, call }) => `${call} (${id})`);
  return `${some.join(", ")}${rows.length > NAMED ? " …" : ""}`;
}

function namedRuns(runs: readonly { id: string }[]): string {
  return `${runs.slice(0, NAMED).map(({ id }) => id).join(", ")}${runs.length > NAMED ? " …" : ""}`;
}
