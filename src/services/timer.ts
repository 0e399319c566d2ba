import type { Clock } from "../core/clock.ts";
import { DURATION_HINT, parseDuration } from "../core/duration.ts";
import { TaskerError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import type { Outcome, Service } from "./contract.ts";
import { jsonType } from "./json_type.ts";
import { checkMethod } from "./methods.ts";

/** Ten years, ms: more is a mistake in the unit. */
export const LONGEST_SLEEP = 10 * 365.25 * 24 * 3_600_000;

const METHODS = ["sleep", "sleepUntil"];
/** With its zone: without one it would be another moment on another machine. */
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)$/i;

/**
 * `timer.sleep(ms | "3 days")`: durable, and nothing is kept for it: it ends at the time of issue plus its length, whatever
 * happens between. Negative: 0, as `setTimeout` has it.
 * `timer.sleepUntil(date)`: until then (ISO 8601 with its zone, or ms since 1970); what has passed is over at once.
 * Both answer null.
 */
export function createTimerService({ clock }: { clock: Clock }): Service {
  return {
    name: "timer",
    local: true,
    traits({ method }) {
      checkMethod("timer", METHODS, method);
      return { repeatable: true };
    },
    call({ method, args, issuedAt }): Outcome {
      checkMethod("timer", METHODS, method);
      const until = method === "sleep"
        ? issuedAt + readDuration("timer.sleep", args[0])
        : notTooLate(readMoment(args[0]), issuedAt);
      if (clock.now() < until) return { type: "wait", until, waitingFor: "timer" };
      return { type: "result", value: null };
    },
  };
}

/** What task code gives for a duration, in ms; throws INVALID_INPUT that names the method. */
export function readDuration(method: string, value: Json | undefined): number {
  // JSON has no NaN and no Infinity: both arrive as null, and to setTimeout both are 0.
  if (value === undefined || value === null) return 0;
  if (typeof value !== "number" && typeof value !== "string") {
    throw new TaskerError("INVALID_INPUT", `${method} takes a duration, not ${jsonType(value)}`, {
      hint: DURATION_HINT,
    });
  }
  const ms = typeof value === "string" && Number.isNaN(Number(value)) ? parseDuration(value) : Number(value);
  if (ms === undefined) {
    throw new TaskerError("INVALID_INPUT", `${method}: ${JSON.stringify(String(value).slice(0, 60))} is no duration`, {
      hint: DURATION_HINT,
    });
  }
  if (!(ms > 0)) return 0;
  if (ms > LONGEST_SLEEP) {
    const hint = "a number is a count of milliseconds";
    throw new TaskerError("INVALID_INPUT", `${method}: ${String(value).slice(0, 60)} is longer than ten years`, {
      hint,
    });
  }
  return Math.ceil(ms);
}

function readMoment(value: Json | undefined): number {
  const moment = typeof value === "string" && MOMENT.test(value) ? Date.parse(value) : value;
  if (typeof moment === "number" && Number.isFinite(moment)) return Math.ceil(moment);
  const given = typeof value === "string" ? JSON.stringify(value.slice(0, 60)) : jsonType(value);
  throw new TaskerError("INVALID_INPUT", `timer.sleepUntil: ${given} is no moment`, {
    hint: 'give a valid Date, milliseconds since 1970, or a text with its zone such as "2026-12-24T18:00:00+01:00"',
  });
}

function notTooLate(moment: number, issuedAt: number): number {
  if (moment - issuedAt <= LONGEST_SLEEP) return moment;
  throw new TaskerError("INVALID_INPUT", `timer.sleepUntil(${moment}) is more than ten years ahead`, {
    hint: "a number is a count of milliseconds since 1970",
  });
}
