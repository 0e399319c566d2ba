import { backoff, DEFAULT_RETRY } from "../core/backoff.ts";
import type { CallOptions } from "../core/call_options.ts";
import { TaskerError } from "../core/errors.ts";
import type { Outcome, Service, ServiceCall } from "../services/contract.ts";
import type { StackRun } from "../store/stack_runs.ts";
import { storedJson } from "../store/stored_json.ts";

const NONE: CallOptions = {};
/** What says how a call reaches the outside. */
const OUTSIDE_ONLY = ["timeout", "retry", "idempotencyKey", "concurrencyKey"] as const;

/** The options that a call was issued with. */
export function optionsOf({ options }: Pick<StackRun, "options">): CallOptions {
  return options === null ? NONE : storedJson(options) as CallOptions;
}

/** Throws INVALID_INPUT for an option that cannot do for this service what it promises. */
export function checkOptions(service: Service, options: CallOptions): void {
  if (options === NONE) return;
  const inVain = service.local ? OUTSIDE_ONLY.find((name) => options[name] !== undefined) : undefined;
  if (inVain !== undefined) {
    throw new TaskerError("INVALID_INPUT", `the option ${inVain} means nothing to ${service.name}`, {
      hint: "its calls are carried out in the file itself, each exactly once; of the options they take priority",
    });
  }
  if (options.idempotencyKey !== undefined && service.takesIdempotencyKey !== true) {
    throw new TaskerError("INVALID_INPUT", `${service.name} takes no idempotencyKey`, {
      hint: "http hands it on; a call that another service makes is not made safe to repeat by it",
    });
  }
}

/** A key whose concurrency a call counts against, and how many may be in flight for it. */
export interface KeyLimit {
  readonly key: string;
  readonly concurrency: number;
}

/** The keys that must all have room before the call is made: the author's own, and the service's. */
export function keysOf(service: Service, call: ServiceCall, { concurrencyKey }: CallOptions): KeyLimit[] {
  const keys: KeyLimit[] = [];
  if (concurrencyKey !== undefined) {
    keys.push({ key: `of calls ${concurrencyKey.key}`, concurrency: concurrencyKey.limit });
  }
  const limit = service.limit?.(call);
  if (limit !== undefined) keys.push(limit);
  return keys;
}

/** How long a call that has failed waits to be tried again, ms; undefined: the error is final. */
export function retryDelay(
  frame: Pick<StackRun, "options" | "attempt">,
  { error, retry }: Extract<Outcome, { type: "error" }>,
  random: number,
): number | undefined {
  if (retry === undefined) return undefined;
  const { retry: given } = optionsOf(frame);
  if (given?.nonRetryable?.includes(error.code)) return undefined;
  return backoff(frame.attempt, random, given === undefined ? DEFAULT_RETRY : { ...DEFAULT_RETRY, ...given });
}
