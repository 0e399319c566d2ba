import type { Clock } from "../core/clock.ts";
import { TaskerError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import type { Outcome, Service } from "./contract.ts";
import { jsonType } from "./json_type.ts";
import { checkMethod } from "./methods.ts";

/** Ten years, ms: more is a mistake in the unit. */
export const LONGEST_SLEEP = 10 * 365.25 * 24 * 3_600_000;

/**
 * `timer.sleep(ms)`: durable, and nothing is kept for it: it ends at the time of issue plus `ms`, whatever happens
 * between. Answers null. Negative or no number: 0, as `setTimeout` has it.
 */
export function createTimerService({ clock }: { clock: Clock }): Service {
  return {
    name: "timer",
    local: true,
    traits({ method }) {
      checkMethod("timer", ["sleep"], method);
      return { repeatable: true };
    },
    call({ method, args, issuedAt }): Outcome {
      checkMethod("timer", ["sleep"], method);
      const until = issuedAt + duration(args[0]);
      if (clock.now() < until) return { type: "wait", until, waitingFor: "timer" };
      return { type: "result", value: null };
    },
  };
}

function duration(value: Json | undefined): number {
  // JSON has no NaN and no Infinity: both arrive as null, and to setTimeout both are 0.
  if (value === undefined || value === null) return 0;
  if (typeof value !== "number" && typeof value !== "string") {
    throw new TaskerError("INVALID_INPUT", `timer.sleep takes a number of milliseconds, not ${jsonType(value)}`);
  }
  const ms = Number(value);
  if (!(ms > 0)) return 0;
  if (ms > LONGEST_SLEEP) {
    throw new TaskerError("INVALID_INPUT", `timer.sleep(${ms}) is longer than ten years`, {
      hint: "the unit is milliseconds",
    });
  }
  return Math.ceil(ms);
}
