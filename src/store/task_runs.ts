import { ownLocale, ownTimeZone } from "../core/here.ts";
import { ENDED_RUN_STATUSES, type EndedRunStatus, type RunStatus, runStatusesBefore } from "../core/states.ts";
import type { Database, Row } from "./database.ts";
import { statusIn } from "./status_in.ts";

/** A run of a task function. `run` is its number in this file; `id` its public name. JSON columns are text. */
export interface TaskRun {
  readonly run: number;
  readonly id: string;
  readonly functionId: number;
  readonly taskName: string;
  readonly status: RunStatus;
  readonly input: string;
  readonly result: string | null;
  readonly error: string | null;
  readonly progress: string | null;
  readonly seed: string;
  /** The frame whose outcome is this run's. */
  readonly rootFrame: number;
  readonly parentRun: number | null;
  /** The entry of the audit log that tells of its submission; null for a nested run, and for one older than the log. */
  readonly audit: number | null;
  /** Under which it was submitted: of a task there is one run under a key. */
  readonly idempotencyKey: string | null;
  /** What a run that is being cancelled tells its calls, and the last delivery that came before. */
  readonly cancellation: string | null;
  readonly cancelledAfter: number | null;
  readonly deadline: number | null;
  /** When the engine does something to the run by itself. */
  readonly dueAt: number | null;
  /** Of its calls, and among the runs that wait for their turn: higher goes first. */
  readonly priority: number;
  /** When it was let begin, ms; null when its task limits no runs, and before. */
  readonly admittedAt: number | null;
  readonly logLines: number;
  /** Deaths of the process while only this run's code was running, and those in the first moments of its turn. */
  readonly deaths: number;
  readonly earlyDeaths: number;
  readonly stalls: number;
  /** Of a run that shares another one's journal: JSON text of `{ run, from, set }`, of a retry also `again`. */
  readonly forkedFrom: string | null;
  /** Id of the failed run that this one goes on with. */
  readonly retryOf: string | null;
  /** IANA: that of the machine where the run was submitted. */
  readonly timeZone: string;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
}

/** What a new run is made from. */
export interface NewTaskRun {
  readonly id: string;
  readonly functionId: number;
  readonly taskName: string;
  readonly input: string;
  readonly seed: string;
  /** Absent for a run of its own: its root frame comes next, see `setRootFrame`. */
  readonly rootFrame?: number;
  readonly parentRun: number | null;
  readonly audit?: number;
  readonly idempotencyKey?: string | undefined;
  /** When it must be over, ms. */
  readonly deadline?: number | undefined;
  /** 0 when absent. */
  readonly priority?: number | undefined;
  readonly forkedFrom?: string | undefined;
  readonly retryOf?: string | undefined;
  /** This machine's when absent. */
  readonly timeZone?: string | undefined;
  /** When its code began, of one whose journal begins with that of another run. */
  readonly startedAt?: number | undefined;
  readonly now: number;
}

const isBefore = (to: RunStatus) => statusIn(runStatusesBefore(to));

/** The runs. Only the engine writes here. */
export class TaskRuns {
  readonly #db: Database;
  readonly #byNumber;
  readonly #byId;
  readonly #byKey;
  readonly #retryOf;
  readonly #statusOf;
  readonly #insert;
  readonly #setRootFrame;
  readonly #unfinished;
  readonly #newest;
  readonly #byRootFrame;
  readonly #moves;
  readonly #cancel;
  readonly #nextDue;
  readonly #due;
  /** Whether a run may be due some time; false is certain. */
  #mayBeDue = true;
  /** When the first is due of the runs that were given a time lately. */
  #newDue: number | undefined;
  readonly #end;
  readonly #setLive;
  readonly #suspects;
  readonly #clearLive;
  readonly #bump;
  readonly #logLines;
  readonly #progress;

  constructor(db: Database) {
    this.#db = db;
    this.#byNumber = db.prepare("SELECT * FROM task_runs WHERE run = ?");
    this.#byId = db.prepare("SELECT * FROM task_runs WHERE id = ?");
    this.#byKey = db.prepare("SELECT * FROM task_runs WHERE task_name = ? AND idempotency_key = ?");
    this.#retryOf = db.prepare("SELECT * FROM task_runs WHERE retry_of = ?");
    this.#statusOf = db.prepare("SELECT status FROM task_runs WHERE id = ?");
    this.#insert = db.prepare(
      `INSERT INTO task_runs (id, function_id, task_name, status, input, seed, root_frame, parent_run, audit, idempotency_key, priority, deadline, due_at,
                              forked_from, retry_of, runtime_version, time_zone, locale, created_at, started_at)
       VALUES (:id, :functionId, :taskName, 'queued', :input, :seed, :rootFrame, :parentRun, :audit, :idempotencyKey, :priority, :deadline, :deadline, :forkedFrom, :retryOf, :runtime, :zone,
               :locale, :now, :startedAt)
       RETURNING run`,
    );
    this.#setRootFrame = db.prepare("UPDATE task_runs SET root_frame = ? WHERE run = ?");
    this.#unfinished = db.prepare("SELECT * FROM task_runs WHERE ended_at IS NULL ORDER BY run");
    this.#newest = db.prepare("SELECT * FROM task_runs WHERE run < ? ORDER BY run DESC LIMIT ? + 0");
    this.#byRootFrame = db.prepare("SELECT * FROM task_runs WHERE root_frame = ? ORDER BY run DESC LIMIT 1");
    this.#moves = new Map((["running", "suspended_waiting_child", "held", "queued"] as const).map((to) => [
      to,
      db.prepare(
        `UPDATE task_runs SET status = '${to}', started_at = coalesce(started_at, :startedAt)
         WHERE run = :run AND ${isBefore(to)}`,
      ),
    ]));
    this.#cancel = db.prepare(
      `UPDATE task_runs SET status = 'cancelling', cancellation = :error, cancelled_after = :after, due_at = :dueAt
       WHERE run = :run AND ${isBefore("cancelling")}`,
    );
    const due =
      "FROM task_runs INDEXED BY task_runs_due WHERE due_at IS NOT NULL AND ended_at IS NULL AND status <> 'held'";
    this.#nextDue = db.prepare(`SELECT min(due_at) AS at ${due}`);
    this.#due = db.prepare(`SELECT run ${due} AND due_at <= ? ORDER BY due_at`);
    this.#end = new Map(ENDED_RUN_STATUSES.map((to) => [
      to,
      db.prepare(
        `UPDATE task_runs SET status = '${to}', result = :result, error = :error, ended_at = :now, live = 0
         WHERE run = :run AND ${isBefore(to)}`,
      ),
    ]));
    this.#setLive = db.prepare("UPDATE task_runs SET live = ? WHERE run = ?");
    this.#suspects = db.prepare(
      "SELECT run FROM task_runs WHERE ended_at IS NULL AND (live = 1 OR deaths > 0 OR early_deaths > 0) ORDER BY run",
    );
    this.#clearLive = db.prepare("UPDATE task_runs SET live = 0 WHERE live = 1");
    this.#bump = {
      deaths: db.prepare("UPDATE task_runs SET deaths = ?, early_deaths = ? WHERE run = ?"),
      stalls: db.prepare("UPDATE task_runs SET stalls = ? WHERE run = ?"),
    };
    this.#logLines = db.prepare("UPDATE task_runs SET log_lines = ? WHERE run = ?");
    this.#progress = db.prepare("UPDATE task_runs SET progress = ? WHERE run = ?");
  }

  insert(run: NewTaskRun): number {
    const {
      now,
      rootFrame = 0,
      audit = null,
      idempotencyKey = null,
      priority = 0,
      deadline = null,
      forkedFrom = null,
      retryOf = null,
      timeZone,
      startedAt = null,
      ...rest
    } = run;
    if (deadline !== null) this.#isDue(deadline);
    const row = this.#insert.get({
      ...rest,
      rootFrame,
      audit,
      idempotencyKey,
      deadline,
      priority,
      forkedFrom,
      retryOf,
      startedAt,
      now,
      runtime: Deno.version.deno,
      zone: timeZone ?? ownTimeZone(),
      locale: ownLocale(),
    }) as Row;
    return row.run as number;
  }

  setRootFrame(run: number, frame: number): void {
    this.#setRootFrame.run(frame, run);
  }

  get(run: number): TaskRun | undefined {
    return optional(this.#byNumber.get(run));
  }

  byId(id: string): TaskRun | undefined {
    return optional(this.#byId.get(id));
  }

  /** The run of a task that was submitted under a key. */
  byKey(taskName: string, key: string): TaskRun | undefined {
    return optional(this.#byKey.get(taskName, key));
  }

  /** The run that goes on with a failed one, by the failed one's id. */
  retryOf(id: string): TaskRun | undefined {
    return optional(this.#retryOf.get(id));
  }

  /** A run's status alone: cheap to ask often. */
  statusOf(id: string): RunStatus | undefined {
    return (this.#statusOf.get(id) as Row | undefined)?.status as RunStatus | undefined;
  }

  /** The runs whose id begins so; for people, who type the first letters. At most `limit`. */
  byIdPrefix(prefix: string, limit: number): TaskRun[] {
    const rows = this.#db.prepare("SELECT * FROM task_runs WHERE id >= ? AND id < ? ORDER BY id LIMIT ? + 0")
      .all(prefix, `${prefix}\u{10ffff}`, limit);
    return (rows as Row[]).map(toTaskRun);
  }

  byRootFrame(frame: number): TaskRun | undefined {
    return optional(this.#byRootFrame.get(frame));
  }

  unfinished(): TaskRun[] {
    return (this.#unfinished.all() as Row[]).map(toTaskRun);
  }

  /** The newest runs first; `before` (a run's number) pages on. */
  newest(params: { before?: number; limit: number }): TaskRun[] {
    return (this.#newest.all(params.before ?? Number.MAX_SAFE_INTEGER, params.limit) as Row[]).map(toTaskRun);
  }

  /** How many runs of a task there are of each version (its number), nested ones too. */
  countsByVersion(taskName: string): Map<number, { inFlight: number; ended: number }> {
    const rows = this.#db.prepare(
      `SELECT function_id, count(*) - count(ended_at) AS in_flight, count(ended_at) AS ended
       FROM task_runs WHERE task_name = ? GROUP BY function_id`,
    ).all(taskName) as Row[];
    return new Map(rows.map((row) => [
      row.function_id as number,
      { inFlight: row.in_flight as number, ended: row.ended as number },
    ]));
  }

  /** Whether the run was in a state from which it may go there. */
  move(
    run: number,
    to: "running" | "suspended_waiting_child" | "held" | "queued",
    startedAt: number | null = null,
  ): boolean {
    return Number(this.#moves.get(to)!.run({ run, startedAt }).changes) === 1;
  }

  /** From now on a run is cancelled: `error` is JSON text. False when it had ended, or was being cancelled before. */
  cancel(run: number, params: { error: string; after: number; dueAt: number }): boolean {
    this.#isDue(params.dueAt);
    return Number(this.#cancel.run({ run, ...params }).changes) === 1;
  }

  /** A run goes on that was held: until then nothing was done to it. */
  goesOn({ dueAt }: Pick<TaskRun, "dueAt">): void {
    if (dueAt !== null) this.#isDue(dueAt);
  }

  #isDue(at: number): void {
    this.#mayBeDue = true;
    this.#newDue = Math.min(at, this.#newDue ?? Infinity);
  }

  /** When the first is due of the runs that were given a time since this was asked last. */
  takeNewDue(): number | undefined {
    const due = this.#newDue;
    this.#newDue = undefined;
    return due;
  }

  /** When the engine must next do something to a run by itself. */
  nextDue(): number | undefined {
    if (!this.#mayBeDue) return undefined;
    const { at } = this.#nextDue.get() as Row;
    this.#mayBeDue = at !== null;
    return (at as number | null) ?? undefined;
  }

  /** The runs to which it must do so now. */
  due(now: number): number[] {
    return (this.#due.all(now) as Row[]).map((row) => row.run as number);
  }

  /** Ends a run; false when it had ended already. */
  end(
    run: number,
    end: { status: EndedRunStatus; result?: string; error?: string; now: number },
  ): boolean {
    const changes = this.#end.get(end.status)!
      .run({ run, result: end.result ?? null, error: end.error ?? null, now: end.now }).changes;
    return Number(changes) === 1;
  }

  setLive(run: number, live: boolean): void {
    this.#setLive.run(live ? 1 : 0, run);
  }

  /** Unfinished runs that had a realm when the process died, or that a death has counted against. */
  suspects(): number[] {
    return (this.#suspects.all() as Row[]).map((row) => row.run as number);
  }

  clearLive(): void {
    this.#clearLive.run();
  }

  setDeaths(run: number, counts: { deaths: number; earlyDeaths: number }): void {
    this.#bump.deaths.run(counts.deaths, counts.earlyDeaths, run);
  }

  count(run: number, what: "stalls", value: number): void {
    this.#bump[what].run(value, run);
  }

  setLogLines(run: number, lines: number): void {
    this.#logLines.run(lines, run);
  }

  /** Gives a run another version of its task. */
  setFunction(run: number, functionId: number): void {
    this.#db.prepare("UPDATE task_runs SET function_id = ? WHERE run = ?").run(functionId, run);
  }

  setProgress(run: number, progress: string): void {
    this.#progress.run(progress, run);
  }
}

function optional(row: unknown): TaskRun | undefined {
  return row === undefined ? undefined : toTaskRun(row as Row);
}

export function toTaskRun(row: Row): TaskRun {
  return {
    run: row.run as number,
    id: row.id as string,
    functionId: row.function_id as number,
    taskName: row.task_name as string,
    status: row.status as RunStatus,
    input: row.input as string,
    result: row.result as string | null,
    error: row.error as string | null,
    progress: row.progress as string | null,
    seed: row.seed as string,
    rootFrame: row.root_frame as number,
    parentRun: row.parent_run as number | null,
    audit: row.audit as number | null,
    idempotencyKey: row.idempotency_key as string | null,
    cancellation: row.cancellation as string | null,
    cancelledAfter: row.cancelled_after as number | null,
    deadline: row.deadline as number | null,
    dueAt: row.due_at as number | null,
    priority: row.priority as number,
    admittedAt: row.admitted_at as number | null,
    logLines: row.log_lines as number,
    deaths: row.deaths as number,
    earlyDeaths: row.early_deaths as number,
    stalls: row.stalls as number,
    forkedFrom: row.forked_from as string | null,
    retryOf: row.retry_of as string | null,
    timeZone: row.time_zone as string,
    createdAt: row.created_at as number,
    startedAt: row.started_at as number | null,
    endedAt: row.ended_at as number | null,
  };
}
