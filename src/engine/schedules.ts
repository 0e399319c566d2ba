import { serializeError, TaskerError } from "../core/errors.ts";
import { type CatchUp, firingAt, nextTime } from "../core/schedule.ts";
import type { Json } from "../core/json.ts";
import { sha256 } from "../store/sha256.ts";
import type { Schedule } from "../store/schedules.ts";
import { storedJson } from "../store/stored_json.ts";
import { checkCause, checkWords } from "./audit.ts";
import { NOBODY } from "./committer.ts";
import { type ReadTimes, timesReader } from "./cron.ts";
import { completeInput } from "./input.ts";
import { likeEarlierRun } from "./earlier_run.ts";
import type { Parts } from "./parts.ts";
import { findTask, insertRun } from "./submit.ts";
import { WakeTimer } from "./wake_timer.ts";

/** A schedule to add. Whoever chooses its id may add it again, not knowing whether it was taken: there is one. */
export interface Addition {
  readonly id: string;
  /** The task's name, with a number when there is such a schedule, when absent. */
  readonly name?: string | undefined;
  readonly pattern: string;
  readonly timeZone: string;
  readonly catchUp: CatchUp;
  readonly taskName: string;
  readonly input: Json;
  readonly reason?: string | undefined;
  readonly by?: string | undefined;
}

/**
 * Submits runs at the times of schedules. A firing and the advance of its schedule are one transaction, and the run's id
 * follows from the schedule and the time: for a time there is one run, whoever comes to it and whatever the clock does.
 */
export class Schedules {
  readonly #parts: Parts;
  readonly #timer: WakeTimer;
  #stopped = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#timer = new WakeTimer({ clock: parts.clock, wake: () => this.#look() });
  }

  start(): void {
    this.#parts.committer.reading(() => this.#setTimer());
  }

  stop(): void {
    this.#stopped = true;
    this.#timer.stop();
  }

  /** Throws NOT_FOUND for the task, INVALID_INPUT for what does not fit it, or is no pattern; CONFLICT for the name. */
  async add(addition: Addition): Promise<Schedule> {
    return await this.#change((readTimes, now) => {
      const { store, options: { audit } } = this.#parts;
      const known = store.schedules.byId(addition.id);
      if (known !== undefined) return known;
      checkCause(addition, audit);
      const task = findTask(store, addition.taskName);
      completeInput(task.manifest.input, likeEarlierRun(store, task, addition.input));
      const { id, pattern, timeZone, catchUp, taskName, input, reason, by } = addition;
      const nextAt = nextTime(readTimes(pattern, timeZone), now);
      if (nextAt === undefined) {
        throw new TaskerError("INVALID_INPUT", `"${pattern}" names a time that never comes`, {
          hint: "the 31st of February, for one, is no day",
        });
      }
      const added = {
        id,
        name: this.#freeName(addition),
        ...{ pattern, timeZone, catchUp, taskName },
        input: JSON.stringify(input),
        reason: reason?.trim() ?? null,
        addedBy: by?.trim() ?? audit.owner,
        nextAt,
        createdAt: now,
      };
      store.schedules.insert(added);
      const { name, addedBy } = added;
      store.audit.append({
        ...{ event: "schedule added", schedule: name, pattern, timeZone, catchUp, task: taskName },
        ...{ reason: added.reason, who: addedBy },
      }, now);
      return store.schedules.byId(id)!;
    });
  }

  /** It fires no more until it is resumed. Throws NOT_FOUND. */
  async pause(name: string, by?: string): Promise<Schedule> {
    return await this.#change((_readTimes, now) => {
      const schedule = this.#named(name);
      if (schedule.paused) return schedule;
      return this.#setPaused(schedule, { paused: true, nextAt: null }, by, now);
    });
  }

  /** It goes on with its next time: what passed meanwhile was not missed. Throws NOT_FOUND. */
  async resume(name: string, by?: string): Promise<Schedule> {
    return await this.#change((readTimes, now) => {
      const schedule = this.#named(name);
      if (!schedule.paused) return schedule;
      const nextAt = nextTime(readTimes(schedule.pattern, schedule.timeZone), now) ?? null;
      return this.#setPaused(schedule, { paused: false, nextAt }, by, now);
    });
  }

  /** Runs that it has submitted go on. Throws NOT_FOUND. */
  async remove(name: string, by?: string): Promise<Schedule> {
    return await this.#change((_readTimes, now) => {
      const schedule = this.#named(name);
      this.#parts.store.schedules.remove(schedule.id);
      this.#audit("schedule removed", schedule, by, now);
      return schedule;
    });
  }

  async #change(change: (readTimes: ReadTimes, now: number) => Schedule): Promise<Schedule> {
    const readTimes = await timesReader();
    const schedule = await this.#parts.committer.commit((now) => change(readTimes, now), NOBODY);
    this.start();
    return schedule;
  }

  #setPaused(
    schedule: Schedule,
    to: { paused: boolean; nextAt: number | null },
    by: string | undefined,
    now: number,
  ): Schedule {
    this.#parts.store.schedules.setPaused(schedule.id, to);
    this.#audit(to.paused ? "schedule paused" : "schedule resumed", schedule, by, now);
    return { ...schedule, ...to };
  }

  #audit(event: string, { name }: Schedule, by: string | undefined, now: number): void {
    const { store, options: { audit } } = this.#parts;
    checkWords({ by });
    store.audit.append({ event, schedule: name, who: by?.trim() ?? audit.owner }, now);
  }

  #named(name: string): Schedule {
    const schedule = this.#parts.store.schedules.byName(name);
    if (schedule !== undefined) return schedule;
    throw new TaskerError("NOT_FOUND", `there is no schedule "${name.slice(0, 100)}"`, {
      hint: "`tasker schedule list` shows their names",
    });
  }

  #freeName({ name, taskName }: Addition): string {
    const { schedules } = this.#parts.store;
    const isTaken = (candidate: string) => schedules.byName(candidate) !== undefined;
    if (name === undefined) {
      let free = taskName;
      for (let number = 2; isTaken(free); number++) free = `${taskName}-${number}`;
      return free;
    }
    if (!/^[\w.-]{1,60}$/.test(name)) {
      throw new TaskerError("INVALID_INPUT", "the name of a schedule is 1 to 60 letters, digits, dots and dashes", {
        hint: "leave it out to name it after its task",
      });
    }
    if (!isTaken(name)) return name;
    throw new TaskerError("CONFLICT", `there is a schedule "${name}" already`, {
      hint: `choose another name, or remove that one: tasker schedule remove ${name}`,
    });
  }

  #setTimer(): void {
    if (!this.#stopped) this.#timer.set(this.#parts.store.schedules.nextDue());
  }

  /** The timer has rung: at the latest after a minute, and perhaps before anything is due. */
  #look(): void {
    const { committer, store, clock } = this.#parts;
    committer.reading(() => {
      const due = store.schedules.nextDue();
      if (due === undefined || due > clock.now()) this.#setTimer();
      else void this.#fire();
    });
  }

  async #fire(): Promise<void> {
    const { committer, store } = this.#parts;
    try {
      const readTimes = await timesReader();
      await committer.commit((now) => {
        for (const schedule of store.schedules.due(now)) this.#fireOne(schedule, readTimes, now);
      }, NOBODY);
    } catch (error) {
      // An engine that has stopped says so itself, and the next owner fires; nothing else may go wrong here.
      if (!committer.stopped) committer.fail(error);
      return;
    }
    this.start();
  }

  /** Part of the transaction: the runs for the times that have come, and the next time. */
  #fireOne(schedule: Schedule, readTimes: ReadTimes, now: number): void {
    const { store, committer } = this.#parts;
    const { id, lastAt, lastRun, lastError } = schedule;
    const due = committer.attempt(() =>
      firingAt(readTimes(schedule.pattern, schedule.timeZone), {
        due: schedule.nextAt!,
        now,
        catchUp: schedule.catchUp,
      })
    );
    if (!due.ok) {
      // A pattern that another version of this program could read.
      return store.schedules.fired({ id, nextAt: null, lastAt, lastRun: null, lastError: errorText(due.error) });
    }
    let last = { lastAt, lastRun, lastError };
    for (const time of due.value.times) {
      const submitted = committer.attempt(() => this.#submit(schedule, time, now));
      last = submitted.ok
        ? { lastAt: time, lastRun: submitted.value, lastError: null }
        : { lastAt: time, lastRun: null, lastError: errorText(submitted.error) };
    }
    store.schedules.fired({ id, nextAt: due.value.next ?? null, ...last });
  }

  #submit({ id, name, taskName, input, reason, addedBy }: Schedule, time: number, now: number): string {
    const { store, admission, options: { audit } } = this.#parts;
    const runId = runIdFor(id, time);
    // Its input may be another by now, when the task has a new version with other defaults.
    if (store.taskRuns.byId(runId) !== undefined) return runId;
    return insertRun(store, {
      id: runId,
      taskName,
      input: storedJson(input),
      reason: reason ?? undefined,
      by: addedBy,
      schedule: { name, time: new Date(time).toISOString() },
      audit,
      admission,
      now,
    }).taskRunId;
  }
}

function errorText(error: unknown): string {
  return JSON.stringify(serializeError(error));
}

/** The id of the run for a time: a UUID (version 8) that begins with the time, as those of other runs do. */
export function runIdFor(scheduleId: string, time: number): string {
  const hash = sha256(`${scheduleId} ${time}`);
  const at = time.toString(16).padStart(12, "0");
  return `${at.slice(0, 8)}-${at.slice(8)}-8${hash.slice(0, 3)}-a${hash.slice(3, 6)}-${hash.slice(6, 18)}`;
}
