import type { RetryPolicy } from "./backoff.ts";

/** How task code wants one call to be made. Times in ms. They are no part of what the call is: a replay does not compare them. */
export interface CallOptions {
  /** Of one attempt. */
  readonly timeout?: number;
  /** What it does not say is as it is without it; `nonRetryable` are codes of errors that are final at once. */
  readonly retry?: Partial<RetryPolicy> & { readonly nonRetryable?: readonly string[] };
  /** For a service that can use one: what the other side knows the call by, instead of the call's own id. */
  readonly idempotencyKey?: string;
  /** At most `limit` calls with the key are in flight, over all runs. */
  readonly concurrencyKey?: { readonly key: string; readonly limit: number };
  /** -100 to 100; higher goes first. The run's when absent. */
  readonly priority?: number;
}

/**
 * The options of a call, checked, with their durations in ms; throws a TypeError with the code INVALID_INPUT that names the
 * option. What it has given back it takes as it is. It is shipped into realms as source text, so it uses nothing of its
 * module: `parseDuration` is that of `duration.ts`.
 */
export function readCallOptions(
  given: unknown,
  parseDuration: (text: string) => number | undefined,
): CallOptions {
  const refuse = (message: string, hint: string): never => {
    const error = new TypeError(message) as TypeError & { code: string; hint: string };
    error.code = "INVALID_INPUT";
    error.hint = hint;
    throw error;
  };
  const members = (value: unknown, what: string, known: readonly string[]): Record<string, unknown> => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return refuse(`${what} must be an object`, `it may have: ${known.join(", ")}`);
    }
    const whole: Record<string, unknown> = { ...value };
    for (const name of Object.keys(whole)) {
      if (whole[name] === undefined) delete whole[name];
      else if (!known.includes(name)) {
        refuse(`${what} has no member "${name.slice(0, 60)}"`, `it may have: ${known.join(", ")}`);
      }
    }
    return whole;
  };
  const number = (value: unknown, what: string, least: number, most: number, whole: boolean): number => {
    if (typeof value === "number" && value >= least && value <= most && (!whole || Number.isInteger(value))) {
      return value;
    }
    return refuse(
      `${what} must be a ${whole ? "whole number" : "number"} from ${least} to ${most}`,
      `such as ${least}`,
    );
  };
  const duration = (value: unknown, what: string, least: number): number => {
    const ms = typeof value === "string" ? parseDuration(value) : value;
    if (typeof ms === "number" && ms >= least && ms <= 30 * 86_400_000) return ms;
    return refuse(
      `${what} must be a duration from ${least} ms to 30 days`,
      'ms as a number, or text such as "30s" or "5 min"',
    );
  };
  const name = (value: unknown, what: string): string => {
    // The file gives back text up to its first NUL, and a header takes no line break.
    if (typeof value === "string" && value.length <= 200 && /^[\x20-\x7e]+$/.test(value) && value.trim() === value) {
      return value;
    }
    return refuse(
      `${what} must be text of 1 to 200 printable ASCII characters`,
      "put together what tells one from another",
    );
  };

  const options = members(given, "the options of a call", [
    "timeout",
    "retry",
    "idempotencyKey",
    "concurrencyKey",
    "priority",
  ]);
  const read: { -readonly [option in keyof CallOptions]: CallOptions[option] } = {};
  if (options.timeout !== undefined) read.timeout = duration(options.timeout, "timeout", 1);
  if (options.retry !== undefined) {
    const retry = members(options.retry, "retry", [
      "maxAttempts",
      "initialInterval",
      "backoffCoefficient",
      "maximumInterval",
      "nonRetryable",
    ]);
    const codes = retry.nonRetryable;
    if (codes !== undefined && (!Array.isArray(codes) || !codes.every((code) => typeof code === "string"))) {
      refuse("retry.nonRetryable must be a list of error codes", 'such as ["TIMEOUT", "UNAVAILABLE"]');
    }
    read.retry = {
      ...(retry.maxAttempts === undefined
        ? {}
        : { maxAttempts: number(retry.maxAttempts, "retry.maxAttempts", 1, 1_000_000, true) }),
      ...(retry.initialInterval === undefined
        ? {}
        : { initialInterval: duration(retry.initialInterval, "retry.initialInterval", 0) }),
      ...(retry.backoffCoefficient === undefined
        ? {}
        : { backoffCoefficient: number(retry.backoffCoefficient, "retry.backoffCoefficient", 1, 100, false) }),
      ...(retry.maximumInterval === undefined
        ? {}
        : { maximumInterval: duration(retry.maximumInterval, "retry.maximumInterval", 0) }),
      ...(codes === undefined ? {} : { nonRetryable: codes as string[] }),
    };
  }
  if (options.idempotencyKey !== undefined) read.idempotencyKey = name(options.idempotencyKey, "idempotencyKey");
  if (options.concurrencyKey !== undefined) {
    const { key, limit } = members(options.concurrencyKey, "concurrencyKey", ["key", "limit"]);
    read.concurrencyKey = {
      key: name(key, "concurrencyKey.key"),
      limit: number(limit, "concurrencyKey.limit", 1, 10_000, true),
    };
  }
  if (options.priority !== undefined) read.priority = number(options.priority, "priority", -100, 100, true);
  return read;
}
