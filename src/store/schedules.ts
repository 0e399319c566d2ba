import type { CatchUp } from "../core/schedule.ts";
import type { Database, Row } from "./database.ts";

/** A task that is run again and again, at the times of a cron pattern. JSON columns are text. */
export interface Schedule {
  /** UUID; `name` is what people call it. */
  readonly id: string;
  readonly name: string;
  /** Five fields of cron, on the clocks of `timeZone` (IANA). */
  readonly pattern: string;
  readonly timeZone: string;
  readonly catchUp: CatchUp;
  readonly taskName: string;
  readonly input: string;
  readonly reason: string | null;
  readonly addedBy: string;
  readonly paused: boolean;
  /** The next time for which it fires; null when there is none. */
  readonly nextAt: number | null;
  /** The time for which it fired last, with the id of the run, or the error that there is no run for. */
  readonly lastAt: number | null;
  readonly lastRun: string | null;
  readonly lastError: string | null;
  readonly createdAt: number;
}

export type NewSchedule = Omit<Schedule, "paused" | "lastAt" | "lastRun" | "lastError">;

/** The schedules. Only the engine writes here. */
export class Schedules {
  readonly #insert;
  readonly #all;
  readonly #byId;
  readonly #byName;
  readonly #due;
  readonly #nextDue;
  readonly #fired;
  readonly #setPaused;
  readonly #remove;

  constructor(db: Database) {
    this.#insert = db.prepare(
      `INSERT INTO schedules (id, name, pattern, time_zone, catch_up, task_name, input, reason, added_by, next_at, created_at)
       VALUES (:id, :name, :pattern, :timeZone, :catchUp, :taskName, :input, :reason, :addedBy, :nextAt, :createdAt)`,
    );
    this.#all = db.prepare("SELECT * FROM schedules ORDER BY name");
    this.#byId = db.prepare("SELECT * FROM schedules WHERE id = ?");
    this.#byName = db.prepare("SELECT * FROM schedules WHERE name = ?");
    this.#due = db.prepare("SELECT * FROM schedules WHERE paused = 0 AND next_at <= ? ORDER BY next_at, id");
    this.#nextDue = db.prepare("SELECT min(next_at) AS at FROM schedules WHERE paused = 0 AND next_at IS NOT NULL");
    this.#fired = db.prepare(
      "UPDATE schedules SET next_at = :nextAt, last_at = :lastAt, last_run = :lastRun, last_error = :lastError WHERE id = :id",
    );
    this.#setPaused = db.prepare("UPDATE schedules SET paused = :paused, next_at = :nextAt WHERE id = :id");
    this.#remove = db.prepare("DELETE FROM schedules WHERE id = ?");
  }

  insert(schedule: NewSchedule): void {
    this.#insert.run({ ...schedule });
  }

  /** All of them, by name. */
  list(): Schedule[] {
    return (this.#all.all() as Row[]).map(toSchedule);
  }

  byId(id: string): Schedule | undefined {
    return optional(this.#byId.get(id));
  }

  byName(name: string): Schedule | undefined {
    return optional(this.#byName.get(name));
  }

  /** Those that are to fire, the one whose time came first before the others. */
  due(now: number): Schedule[] {
    return (this.#due.all(now) as Row[]).map(toSchedule);
  }

  /** The earliest time that any of them waits for. */
  nextDue(): number | undefined {
    return (this.#nextDue.get() as Row).at as number | null ?? undefined;
  }

  /** What came of a firing, and the time of the next one. */
  fired(schedule: Pick<Schedule, "id" | "nextAt" | "lastAt" | "lastRun" | "lastError">): void {
    const { id, nextAt, lastAt, lastRun, lastError } = schedule;
    this.#fired.run({ id, nextAt, lastAt, lastRun, lastError });
  }

  setPaused(id: string, to: { paused: boolean; nextAt: number | null }): void {
    this.#setPaused.run({ id, paused: to.paused ? 1 : 0, nextAt: to.nextAt });
  }

  remove(id: string): void {
    this.#remove.run(id);
  }
}

function optional(row: unknown): Schedule | undefined {
  return row === undefined ? undefined : toSchedule(row as Row);
}

function toSchedule(row: Row): Schedule {
  return {
    id: row.id as string,
    name: row.name as string,
    pattern: row.pattern as string,
    timeZone: row.time_zone as string,
    catchUp: row.catch_up as CatchUp,
    taskName: row.task_name as string,
    input: row.input as string,
    reason: row.reason as string | null,
    addedBy: row.added_by as string,
    paused: row.paused === 1,
    nextAt: row.next_at as number | null,
    lastAt: row.last_at as number | null,
    lastRun: row.last_run as string | null,
    lastError: row.last_error as string | null,
    createdAt: row.created_at as number,
  };
}
