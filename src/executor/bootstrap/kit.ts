/**
 * What the parts of a realm's bootstrap share. Every function in this folder is shipped into realms as source text
 * (`Function.prototype.toString`), so it may use its parameters and what ECMAScript itself provides, and nothing else:
 * no import but of types, no name of its module.
 */
export interface RealmKit {
  /** Makes a global, not enumerable, as the built-in ones are. */
  define(name: string, value: unknown): void;
  /** The time of the current delivery, ms since 1970. */
  now(): number;
  /** When the run started, ms since 1970. */
  startedAt(): number;
  /** Seeds everything random in this run. */
  seed(): string;
  /** Issues a call; a rejected promise when an argument cannot be recorded. `options`: as `readOptions` gives them. */
  call(service: string, method: string, args: readonly unknown[], options?: string): Promise<unknown>;
  /** JSON text of the options of a call, checked; throws a TypeError that names what is wrong. */
  readOptions(given: unknown): string;
  /**
   * A durable sleep that task code knows as something else: true when it is over, false when it ends because the run is being
   * cancelled. Nobody is told of that yet, so the next call is.
   */
  sleep(ms: number): Promise<boolean>;
  /** An error that nobody can catch any more: the run fails with it. */
  fail(error: unknown): void;
  /** Writes a line of the run's log. */
  log(level: "debug" | "info" | "warn" | "error", text: string): void;
  /** A value as people read it. */
  inspect(value: unknown): string;
}

/**
 * The one object that both sides see: made in the realm, without a prototype, unreachable for task code. The outside
 * reads and writes plain strings, numbers and booleans on it, and puts the realm's own values back into it.
 */
export interface RealmBox {
  /** What the next tick does: 0 nothing, 1 start, 2 settle a call, 3 fail with `reason`. Cleared by the tick. */
  op: 0 | 1 | 2 | 3;
  at: number;
  seq: number;
  ok: boolean;
  /** The call that is settled is cancelled, since its run is. */
  cancels: boolean;
  json: string;
  seed: string;
  /** Whether each call says where in the code it was made. */
  sites: boolean;
  /** As in Completed of `messages.ts`: `upTo`, and JSON text of `except`. */
  completed: number;
  except: string;
  /** File name that task code's stack frames carry, and the one to show instead. */
  referrer: string;
  filename: string;
  /** The compiled module: a function of this realm. */
  module: unknown;
  /** The reason of a rejection that nobody handled. */
  reason: unknown;
  /** Since the last drain: issued calls and log lines, each JSON texts joined by commas. */
  calls: string;
  logs: string;
  /** JSON text of the RealmOutcome; empty while the run goes on. */
  outcome: string;
  /** Of this realm; tells whose promise an unhandled rejection is. */
  readonly promisePrototype: object;
}

/** What `createBridge` gives: the box, the kit, and the tick that a prebuilt script runs. */
export interface Bridge {
  readonly box: RealmBox;
  readonly kit: RealmKit;
  tick(): RealmBox | undefined;
}
