import type { Clock } from "../../core/clock.ts";
import { TaskerError } from "../../core/errors.ts";
import type { ServiceLookup } from "../../engine/parts.ts";
import type { Outcome, Service, ServiceCall } from "../../services/contract.ts";

/** One attempt of a call to the outside, when it is over. */
export interface Attempt {
  readonly service: string;
  readonly call: ServiceCall;
  /** ms */
  readonly start: number;
  readonly end: number;
  /** `wait`: it was given back until a quota or a time allows it. `aborted`: held, cancelled, timed out or stopped. */
  readonly outcome: "result" | "error" | "retry" | "wait" | "aborted";
  readonly errorCode?: string;
}

/** The same services, which say when an attempt to reach the outside is over. */
export function withAttempts(services: ServiceLookup, clock: Clock, over: (attempt: Attempt) => void): ServiceLookup {
  const known = new Map<Service, Service>();
  return {
    get(name) {
      const service = services.get(name);
      if (service.local) return service;
      const watched = known.get(service) ?? watch(service, clock, over);
      known.set(service, watched);
      return watched;
    },
  };
}

function watch(service: Service, clock: Clock, over: (attempt: Attempt) => void): Service {
  const attempt: Service["call"] = async (call) => {
    const start = clock.now();
    const tell = (ended: Pick<Attempt, "outcome" | "errorCode">) =>
      over({ service: service.name, call, start, end: clock.now(), ...ended });
    // A service may take its time after it was told to stop; the engine does not wait for it, either.
    const aborted = () => tell({ outcome: "aborted", errorCode: codeOf(call.signal.reason) });
    call.signal.addEventListener("abort", aborted, { once: true });
    try {
      const outcome = await service.call(call);
      if (!call.signal.aborted) tell(endOf(outcome));
      return outcome;
    } catch (error) {
      if (!call.signal.aborted) tell({ outcome: "error", errorCode: codeOf(error) });
      throw error;
    } finally {
      call.signal.removeEventListener("abort", aborted);
    }
  };
  // All else is the service's own: without its intent, say, a call would be under no policy.
  return new Proxy(service, {
    get(target, name) {
      if (name === "call") return attempt;
      const value = Reflect.get(target, name) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

function endOf(outcome: Outcome): Pick<Attempt, "outcome" | "errorCode"> {
  if (outcome.type === "wait") return { outcome: "wait" };
  if (outcome.type !== "error") return { outcome: "result" };
  return { outcome: outcome.retry === undefined ? "error" : "retry", errorCode: outcome.error.code };
}

function codeOf(error: unknown): string {
  return error instanceof TaskerError ? error.code : "INTERNAL";
}
