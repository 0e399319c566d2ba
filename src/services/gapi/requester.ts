import type { Clock } from "../../core/clock.ts";
import { type SerializedError, serializeError, TaskerError } from "../../core/errors.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { Credentials } from "./credentials.ts";
import { spent } from "../outgoing.ts";
import { classify } from "./errors.ts";
import type { FailureContext, Verdict } from "./failure.ts";
import type { Invocation } from "./google_clients.ts";
import { GoogleRequestFailed } from "./google_failure.ts";
import type { Grant, Pacer, QuotaKey } from "./pacer.ts";
import type { RequestGate } from "./request_gate.ts";
import type { AccessToken, TokenCache } from "./tokens.ts";

/** A method, ready to be asked as one subject. */
export interface Operation {
  readonly path: string;
  readonly api: string;
  /** HTTP verb: what is no GET is not sent twice unless the first was certainly not carried out. */
  readonly verb: string;
  readonly scopes: readonly string[];
  /** Quota units of one request. */
  readonly cost: number;
  /** The user's quota, then the project's. */
  readonly quotas: readonly [user: QuotaKey, project: QuotaKey];
  readonly credentials: Credentials;
  readonly subject: string;
  invoke(invocation: Invocation): Promise<unknown>;
}

/** One request of a call. */
export interface Ask {
  readonly params: JsonObject;
  readonly signal: AbortSignal;
  /** Names the call. */
  readonly ticket: string;
  /** How many more requests of this operation the call will make. */
  readonly ahead: number;
}

export type Answer =
  | { readonly type: "data"; readonly data: Json }
  | { readonly type: "wait"; readonly until: number; readonly waitingFor: string }
  | { readonly type: "transient"; readonly error: SerializedError; readonly at?: number }
  | { readonly type: "final"; readonly error: SerializedError }
  /** The call's signal was aborted. */
  | { readonly type: "interrupted" };

/** Sends requests: token, connection, quota, and what a failure means. */
export class Requester {
  readonly #clock: Clock;
  readonly #gate: RequestGate;
  readonly #pacer: Pacer;
  readonly #tokens: TokenCache;

  constructor(params: { clock: Clock; gate: RequestGate; pacer: Pacer; tokens: TokenCache }) {
    this.#clock = params.clock;
    this.#gate = params.gate;
    this.#pacer = params.pacer;
    this.#tokens = params.tokens;
  }

  /** Never rejects. */
  async ask(operation: Operation, ask: Ask): Promise<Answer> {
    const answer = await this.#ask(operation, ask);
    // A call that waits keeps its place, one that goes on needs it for what is ahead.
    if (answer.type !== "wait" && (answer.type !== "data" || ask.ahead === 0)) {
      this.#pacer.release(operation.quotas, ask.ticket);
    }
    return answer;
  }

  /** Gets a token without making a request, for checks. */
  async authorize(operation: Omit<Operation, "invoke">, signal: AbortSignal): Promise<Answer> {
    try {
      await orAbort(this.#tokens.get(operation), signal);
      return { type: "data", data: null };
    } catch (thrown) {
      if (signal.aborted) return { type: "interrupted" };
      const verdict = this.#judge(thrown, operation, undefined);
      if (verdict.kind === "throttled") return { type: "final", error: throttledError(operation, verdict) };
      return verdict.kind === "transient"
        ? { type: "transient", error: verdict.error }
        : { type: "final", error: verdict.error };
    }
  }

  async #ask(operation: Operation, ask: Ask): Promise<Answer> {
    let refusedBefore = false;
    for (;;) {
      let token: AccessToken | undefined;
      try {
        if (this.#pacer.isParked(operation.quotas)) {
          const wait = await this.#standBy(operation, ask);
          if (wait !== undefined) return wait;
        }
        token = await orAbort(this.#tokens.get(operation), ask.signal);
        return await this.#send(operation, ask, token);
      } catch (thrown) {
        if (thrown instanceof TaskerError && thrown.code === "OUTCOME_UNKNOWN") {
          return { type: "final", error: serializeError(thrown) };
        }
        if (ask.signal.aborted) return { type: "interrupted" };
        const verdict = this.#judge(thrown, operation, token);
        if (verdict.kind === "throttled") {
          this.#park(operation, verdict);
          continue;
        }
        if (verdict.kind === "unauthorized" && token !== undefined && !refusedBefore) {
          refusedBefore = true;
          this.#tokens.invalidate(operation, token);
          continue;
        }
        if (verdict.kind !== "transient") return { type: "final", error: verdict.error };
        return { type: "transient", error: verdict.error, ...(verdict.at === undefined ? {} : { at: verdict.at }) };
      }
    }
  }

  /** Waits for a connection and for quota, and makes the request. */
  async #send(operation: Operation, ask: Ask, token: AccessToken): Promise<Answer> {
    for (;;) {
      // The connection first: quota is spent when the request leaves, not while it queues.
      const leave = await this.#gate.enter(operation.quotas[0].key, ask.signal);
      let grant: Grant;
      try {
        grant = this.#take(operation, ask);
        if (grant.type === "go") {
          spent(operation.cost);
          try {
            const invocation = {
              params: ask.params,
              subject: operation.subject,
              token: token.value,
              rootUrl: operation.credentials.rootUrl,
              signal: ask.signal,
            };
            const data = plainData(await operation.invoke(invocation), operation.path);
            this.#pacer.served(operation.quotas);
            this.#gate.answered(operation.quotas[0].key);
            return { type: "data", data };
          } catch (error) {
            const failed = GoogleRequestFailed.from("api", error);
            const unknown = operation.verb !== "GET" && mayHaveHappened(failed, ask.signal);
            throw unknown ? outcomeUnknown(operation) : failed;
          } finally {
            grant.settle();
          }
        }
      } finally {
        leave();
      }
      if (grant.type === "wait") return grant;
      await sleepUntil(this.#clock, grant.at, ask.signal);
    }
  }

  /** The wait of a call whose quota is parked; undefined once it has waited a short one out. */
  async #standBy(operation: Operation, ask: Ask): Promise<Answer | undefined> {
    const grant = this.#take(operation, ask);
    if (grant.type === "wait") return grant;
    if (grant.type === "go") grant.settle();
    else await sleepUntil(this.#clock, grant.at, ask.signal);
    return undefined;
  }

  #take(operation: Operation, ask: Ask): Grant {
    const { quotas, cost } = operation;
    return this.#pacer.take({ quotas, cost, ahead: ask.ahead * cost, ticket: ask.ticket });
  }

  #park(operation: Operation, verdict: Verdict & { kind: "throttled" }): void {
    const [user, project] = operation.quotas;
    const quota = verdict.of === "user" ? user : project;
    // What was in flight when the first refusal came says nothing new about how fast is too fast.
    const isNew = !this.#pacer.isParked([quota]);
    if (isNew && quota === user) this.#gate.refused(user.key);
    if (verdict.until !== undefined) this.#pacer.park(quota, verdict.until, verdict.reason);
    else if (isNew) this.#pacer.backOff(quota, verdict.reason);
  }

  #judge(thrown: unknown, operation: Omit<Operation, "invoke">, token: AccessToken | undefined): Verdict {
    if (!(thrown instanceof GoogleRequestFailed)) {
      const error = serializeError(thrown);
      const passing = thrown instanceof TaskerError && thrown.code === "UNAVAILABLE";
      return { kind: passing ? "transient" : "final", error };
    }
    return classify(thrown.failure, this.context(operation, token));
  }

  /** What messages about an operation may say. */
  context(operation: Omit<Operation, "invoke">, token?: AccessToken): FailureContext {
    const { credentials } = operation;
    return {
      method: operation.path,
      api: operation.api,
      subject: operation.subject,
      scopes: operation.scopes,
      clientEmail: credentials.clientEmail,
      clientId: credentials.clientId,
      servers: {
        token: { origin: credentials.tokenUrl.origin, namedBy: "token_uri of GAPI_KEY" },
        api: credentials.rootUrl === undefined
          ? undefined
          : { origin: new URL(credentials.rootUrl).origin, namedBy: "GAPI_ROOT_URL" },
      },
      now: this.#clock.now(),
      machineTime: Date.now(),
      secrets: token === undefined ? [credentials.privateKey] : [credentials.privateKey, token.value],
    };
  }
}

/** Whether a failed request may have been carried out all the same: it was sent, and no answer says that it was refused. */
function mayHaveHappened(failed: Error, signal: AbortSignal): boolean {
  if (signal.aborted) return true;
  if (!(failed instanceof GoogleRequestFailed)) return failed instanceof TaskerError && failed.code === "CANCELLED";
  const { status, cause } = failed.failure;
  if (status !== undefined) return status >= 500 || status === 408;
  // What Deno's fetch says when there was no connection to send it over.
  return !/\(Connect\)|dns error|connection refused/i.test(String(cause));
}

function outcomeUnknown(operation: Pick<Operation, "path" | "subject">): TaskerError {
  const message = `${operation.path} for ${operation.subject} was sent, but no answer says whether it was carried out.`;
  return new TaskerError("OUTCOME_UNKNOWN", message, { hint: "Look whether it took effect before doing it again." });
}

function throttledError(
  operation: Omit<Operation, "invoke">,
  verdict: Verdict & { kind: "throttled" },
): SerializedError {
  const until = verdict.until === undefined ? "" : ` until ${new Date(verdict.until).toISOString()}`;
  return serializeError(
    new TaskerError("RATE_LIMITED", `${operation.path} for ${operation.subject} is throttled${until}.`),
  );
}

function plainData(data: unknown, path: string): Json {
  if (data === undefined || data === "") return null;
  if (data instanceof Blob || data instanceof ArrayBuffer) {
    throw new TaskerError("INVALID_INPUT", `${path} answered with a file, not with JSON.`, {
      hint: "Ask without alt=media, or for a text format.",
    });
  }
  return data as Json;
}

/** The promise, or a rejection with the signal's reason when it is aborted first. */
async function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Resolves at `at` (ms); rejects with the signal's reason when it is aborted first. */
async function sleepUntil(clock: Clock, at: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(at - clock.now(), resolve);
  try {
    await orAbort(promise, signal);
  } finally {
    cancel();
  }
}
