import type { SerializedError } from "../core/errors.ts";
import type { Json, JsonObject } from "../core/json.ts";
import type { Manifest } from "../core/manifest.ts";
import type { Store } from "../store/store.ts";

/** One call of task code on its way to a service. A service never touches run state: it answers with an Outcome. */
export interface ServiceCall {
  readonly taskRunId: string;
  /** Unique for the call and the same in every attempt: fit for an idempotency key. */
  readonly frameId: string;
  readonly taskName: string;
  readonly manifest: Manifest;
  /** Dotted: `gmail.users.messages.list`. */
  readonly method: string;
  readonly args: readonly Json[];
  /** 1 for the first attempt; waits do not count. */
  readonly attempt: number;
  /** When task code issued the call, ms. */
  readonly issuedAt: number;
  /** What an earlier attempt of this call answered with `wait` or a retryable error and asked to keep. */
  readonly progress: Json | undefined;
  /** The task's own, for a service that takes one. */
  readonly idempotencyKey?: string | undefined;
  /** Aborted when the attempt has timed out, the run is cancelled or held, or the owner stops. */
  readonly signal: AbortSignal;
}

/** Where a local effect is applied: the numbers of its run and frame in this file, and the time of the transaction (ms). */
export interface EffectPlace {
  readonly run: number;
  readonly frame: number;
  readonly now: number;
}

/** What a service answers. Throwing a TaskerError is the same as a final `error`. */
export type Outcome =
  | { readonly type: "result"; readonly value: Json }
  /** Final, unless `retry` is there: then tried again after backoff, or at `retry.at` (ms) when a server said when. */
  | {
    readonly type: "error";
    readonly error: SerializedError;
    readonly retry?: { readonly at?: number };
    readonly progress?: Json;
  }
  /** Not now: the frame is parked without a lane until `until` (ms). Counts as no attempt. `waitingFor` is shown to people. */
  | { readonly type: "wait"; readonly until: number; readonly waitingFor: string; readonly progress?: Json }
  /** A local effect, applied in the same transaction that completes the frame: exactly once. May throw a TaskerError. */
  | { readonly type: "effect"; apply(store: Store, place: EffectPlace): Json }
  /** The oldest signal of that name that fits the schema; until then, or without end, the frame is parked. */
  | {
    readonly type: "signal";
    readonly name: string;
    readonly schema?: JsonObject;
    /** ms */
    readonly until?: number;
    readonly waitingFor: string;
  }
  /** A nested run; the call is settled with the nested run's result. */
  | { readonly type: "nested"; readonly taskName: string; readonly input: Json }
  /** A run of its own; the call is settled with its id. */
  | StartedRun
  /** The end of a run, also of one that ended long ago; until then, or without end, the frame is parked. */
  | {
    readonly type: "end";
    readonly runId: string;
    /** ms */
    readonly until?: number;
  }
  /** The run ends, and another one of the same version goes on with the input; the call is settled only when it is refused. */
  | { readonly type: "continue"; readonly input: Json };

/** What a run of its own is started from. */
export interface StartedRun {
  readonly type: "start";
  readonly taskName: string;
  readonly input: Json;
  readonly idempotencyKey?: string;
  /** That of the run which starts it when absent. */
  readonly priority?: number;
  /** How long it may take from now on, ms. */
  readonly deadline?: number;
}

/** What the engine must know of a method before it calls it. */
export interface MethodTraits {
  /** Whether a call whose outcome is unknown may be made again: it only reads, or it takes the frame's id as its idempotency key. */
  readonly repeatable: boolean;
  /** Of one attempt, ms; 30,000 when absent. Infinity: the service bounds itself. */
  readonly timeout?: number;
}

/** A call as the policy speaks of it. */
export interface Intent {
  /** Under the one name that the service knows the method by. */
  readonly method: string;
  /** Whether it changes something outside. */
  readonly writes: boolean;
  /** What the call says, by name; it is read only when a rule asks for it. */
  readonly facts: JsonObject;
}

export interface Service {
  readonly name: string;
  /** A local service answers at once (no Promise) and holds no lane: its effects are part of the engine's transactions. */
  readonly local: boolean;
  /** Whether it hands an idempotency key of the task's own on to the other side. */
  readonly takesIdempotencyKey?: boolean;
  /** Traits of a method; throws METHOD_UNKNOWN, METHOD_REFUSED … when it must not be called at all. */
  traits(call: Pick<ServiceCall, "method" | "args" | "manifest" | "idempotencyKey">): MethodTraits;
  /** The key whose concurrency this call counts against, and how many may be in flight for it. */
  limit?(call: Pick<ServiceCall, "method" | "args" | "manifest">): { key: string; concurrency: number } | undefined;
  /**
   * The hosts that a call may reach, for its entry in the ledger. A host that it does not name is entered when a request is
   * about to leave for it. Without it the entry says that they are not known.
   */
  hosts?(call: Pick<ServiceCall, "method" | "args" | "manifest">): readonly string[];
  /** What a policy decides on; a service without it is under none. Throws when the call will fail by itself. */
  intent?(call: Pick<ServiceCall, "method" | "args" | "manifest">): Intent;
  /** The quota units that an attempt may use, as far as can be told before it; absent: the service has none. */
  units?(call: Pick<ServiceCall, "method" | "args" | "manifest" | "progress">): number;
  call(call: ServiceCall): Promise<Outcome> | Outcome;
  /** Frees what the service holds open. */
  stop?(): void | Promise<void>;
}
