/** How often and how late a failed call is tried again. Times in ms. */
export interface RetryPolicy {
  readonly maxAttempts: number;
  readonly initialInterval: number;
  readonly backoffCoefficient: number;
  readonly maximumInterval: number;
}

/** Truncated exponential backoff as Google asks for: 1 s, 2 s, 4 s … at most 60 s apart. */
export const DEFAULT_RETRY: RetryPolicy = {
  maxAttempts: 7,
  initialInterval: 1_000,
  backoffCoefficient: 2,
  maximumInterval: 60_000,
};

/**
 * When to try again after `attempt` (1 for the first) has failed: ms to wait, or undefined when the attempts are used up.
 * Between half and the whole of the exponential interval, by `random` in [0, 1).
 */
export function backoff(attempt: number, random: number, policy: RetryPolicy = DEFAULT_RETRY): number | undefined {
  if (attempt >= policy.maxAttempts) return undefined;
  const interval = Math.min(
    policy.initialInterval * policy.backoffCoefficient ** (attempt - 1),
    policy.maximumInterval,
  );
  return Math.round(interval / 2 + random * interval / 2);
}
