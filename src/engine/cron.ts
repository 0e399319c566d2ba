import { ClockFace } from "../core/clock_face.ts";
import { TaskerError } from "../core/errors.ts";
import type { Times } from "../core/schedule.ts";

/** The reader of cron patterns, loaded when there is a first one to read. */
let loading: Promise<typeof import("croner")> | undefined;

/** Gives the times of patterns. */
export type ReadTimes = (pattern: string, timeZone: string) => Times;

/** Throws INVALID_INPUT for what is no pattern of five fields, or no time zone. */
export async function timesReader(): Promise<ReadTimes> {
  const { Cron } = await (loading ??= import("croner"));
  return (pattern, timeZone) => {
    const clock = clockOf(timeZone);
    const cron = readPattern(() => new Cron(pattern, { timezone: "UTC", mode: "5-part", paused: true }));
    return {
      clock,
      everyHour: pattern.trim().split(/\s+/)[1] === "*" || pattern.trim() === "@hourly",
      nextShown: (after) => cron.nextRun(new Date(after))?.getTime(),
    };
  };
}

function clockOf(timeZone: string): ClockFace {
  try {
    return new ClockFace(timeZone);
  } catch (error) {
    throw new TaskerError("INVALID_INPUT", `there is no time zone "${timeZone.slice(0, 60)}"`, {
      hint: "write it as the IANA names it, such as Europe/Berlin or UTC",
      cause: error,
    });
  }
}

function readPattern<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error)).replace(/^CronPattern: /, "");
    throw new TaskerError("INVALID_INPUT", `that is no pattern of times: ${why.slice(0, 200)}`, {
      hint: 'write minute, hour, day, month and weekday, such as "0 7 * * 1-5" for 7:00 from Monday to Friday',
      cause: error,
    });
  }
}
