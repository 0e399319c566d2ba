import type { Clock } from "../core/clock.ts";
import { serializeError, TaskerError } from "../core/errors.ts";
import type { Outcome, Service, ServiceCall } from "../services/contract.ts";
import { type Departure, leaving } from "../services/outgoing.ts";

/** One attempt of an outside call, bounded in time; the controller is the one of the call's signal. */
export async function attempt(params: {
  readonly clock: Clock;
  readonly service: Service;
  readonly call: ServiceCall;
  readonly departure: Departure;
  readonly controller: AbortController;
  readonly repeatable: boolean;
  /** ms; Infinity: the service bounds itself. */
  readonly timeout: number;
}): Promise<Outcome> {
  const { clock, service, call, departure, controller, repeatable, timeout } = params;
  const answer = leaving(departure, () => service.call(call));
  if (timeout === Infinity || !(answer instanceof Promise)) return await answer;
  let cancel = () => {};
  const late = new Promise<Outcome>((resolve) => {
    cancel = clock.after(timeout, () => {
      const error = new TaskerError("TIMEOUT", `${call.taskName}: no answer within ${timeout / 1000} s`);
      resolve(
        repeatable ? { type: "error", error: serializeError(error), retry: {} } : {
          type: "error",
          error: serializeError(outcomeUnknown(`no answer within ${timeout / 1000} s`)),
        },
      );
      controller.abort(error);
    });
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    cancel();
  }
}

/** The error of a call that may or may not have happened, and must not be made again. */
export function outcomeUnknown(why: string): TaskerError {
  return new TaskerError("OUTCOME_UNKNOWN", `the call may or may not have happened: ${why}`, {
    hint: "look at the service whether it did; this call is not repeated by itself, since it changes something",
  });
}
