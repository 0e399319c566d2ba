import type { Clock } from "../core/clock.ts";
import type { ApiCall, ApiState, MethodHandler } from "./api_call.ts";
import type { CounterBook } from "./counters.ts";
import { Dice } from "./dice.ts";
import { DIRECTORY_HANDLERS } from "./directory_api.ts";
import type { Fault, FaultScript, RequestKind } from "./faults.ts";
import { answerOf } from "./faults.ts";
import type { FieldMask } from "./field_mask.ts";
import { applyFieldMask, parseFieldMask, unknownField } from "./field_mask.ts";
import { GMAIL_HANDLERS } from "./gmail_api.ts";
import { decodeAssertion } from "./jwt_assertion.ts";
import type { ApiMethod } from "./methods.ts";
import { METHODS, serviceOf } from "./methods.ts";
import type { QuotaMeter } from "./quota.ts";
import {
  insufficientScopes,
  invalidArgument,
  invalidCredentials,
  missingCredentials,
  rateRefusal,
  Refusal,
  tooManyConcurrent,
} from "./refusal.ts";
import { ANSWER_SHAPES } from "./resource_shapes.ts";
import type { Session, TokenDesk } from "./tokens.ts";

/** The way of every request: who asks, what is to go wrong, what it costs, the answer, what is counted. */

const HANDLERS: Readonly<Record<ApiMethod, MethodHandler>> = { ...GMAIL_HANDLERS, ...DIRECTORY_HANDLERS };

/** An answer to send, or `dropped`: end the connection instead. */
export type Answer = { status: number; body: unknown; headers: Readonly<Record<string, string>> } | "dropped";

/** ms: always the same, or drawn between two bounds for each request. */
export type Latency = number | { from: number; to: number };

/** How a minute's excess is answered: as either status, or as one or the other. */
export type QuotaRefusal = 429 | 403 | "alternate";

export interface PipelineParams {
  state: ApiState;
  tokens: TokenDesk;
  quota: QuotaMeter;
  quotaRefusal: QuotaRefusal;
  faults: FaultScript;
  counters: CounterBook;
  clock: Clock;
  latency: Latency;
  seed: number;
}

export interface ApiRequest {
  method: ApiMethod;
  /** As it was asked for, without the query. */
  path: string;
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  authorization: string | undefined;
}

interface Verdict {
  user: string | undefined;
  outcome: object | Refusal | "dropped";
}

export class RequestPipeline {
  readonly #params: PipelineParams;
  readonly #stopped = new AbortController();
  readonly #latencyDice: Dice;
  readonly #refusalDice: Dice;

  constructor(params: PipelineParams) {
    this.#params = params;
    this.#latencyDice = new Dice(params.seed, "latency");
    this.#refusalDice = new Dice(params.seed, "quota refusal");
  }

  async api(request: ApiRequest): Promise<Answer> {
    this.#params.counters.arrived();
    const { user, outcome } = await this.#judge(request);
    const answer = this.#close(user, request.method, outcome);
    if (
      request.method === "gmail.users.messages.get" && user !== undefined && answer !== "dropped" &&
      answer.status === 200
    ) {
      this.#params.counters.messageServed(user, request.params.id!);
    }
    return answer;
  }

  async token(form: URLSearchParams, path: string): Promise<Answer> {
    const { counters, tokens } = this.#params;
    counters.arrived();
    const claimed = decodeAssertion(form.get("assertion") ?? "")?.claims.sub;
    const user = typeof claimed === "string" ? claimed.toLowerCase() : undefined;
    const fault = await this.#fault("token", "POST", path, user);
    await this.#delay(this.#latency());
    if (fault?.type === "dropConnection") return this.#close(user, "token", "dropped");
    if (fault !== undefined) this.#change(fault, user);
    const scripted = fault && answerOf(fault, "token", this.#params.clock.now());
    return this.#close(user, "token", scripted ?? await tokens.grant(form));
  }

  #close(user: string | undefined, kind: RequestKind, outcome: object | Refusal | "dropped"): Answer {
    const { counters } = this.#params;
    if (outcome === "dropped") {
      counters.answered(user, kind, "dropped");
      return "dropped";
    }
    if (outcome instanceof Refusal) {
      counters.answered(user, kind, "refused", outcome.status);
      return { status: outcome.status, body: outcome.body, headers: outcome.headers };
    }
    counters.answered(user, kind, "served", 200);
    return { status: 200, body: outcome, headers: {} };
  }

  async #judge(request: ApiRequest): Promise<Verdict> {
    const { tokens, quota, clock } = this.#params;
    const token = /^Bearer +(\S+)$/i.exec(request.authorization ?? "")?.[1];
    const user = token === undefined ? undefined : tokens.ownerOf(token);
    const fault = await this.#fault(request.method, METHODS[request.method].http, request.path, user);
    if (fault?.type === "dropConnection") return { user, outcome: "dropped" };
    if (fault !== undefined) this.#change(fault, user, token, request.params.id);
    const scripted = fault && answerOf(fault, request.method, clock.now());
    if (scripted !== undefined) {
      await this.#delay(this.#latency());
      return { user, outcome: scripted };
    }
    if (token === undefined) return { user, outcome: missingCredentials() };
    // A fault may have ended the session meanwhile.
    const session = tokens.session(token);
    if (session === undefined) return { user, outcome: invalidCredentials() };
    if (!quota.enter(session.user)) return { user, outcome: tooManyConcurrent() };
    try {
      const outcome = this.#answer(request, session);
      await this.#delay(this.#latency());
      return { user, outcome };
    } finally {
      quota.leave(session.user);
    }
  }

  #answer(request: ApiRequest, session: Session): object | Refusal {
    const { state, quota, quotaRefusal } = this.#params;
    const { method } = request;
    if (!METHODS[method].scopes.some((scope) => session.scopes.has(scope))) {
      return insufficientScopes(serviceOf(method), METHODS[method].rpc);
    }
    const mask = readMask(method, request.query);
    if (mask instanceof Refusal) return mask;
    const excess = quota.take(session.user, method);
    if (excess !== undefined) {
      const code = quotaRefusal === "alternate" ? this.#refusalDice.pick([429, 403] as const) : quotaRefusal;
      return rateRefusal({ code, ...excess });
    }
    const caller = state.directory.find(session.user)!;
    const call: ApiCall = { session, caller, params: request.params, query: request.query };
    const answer = HANDLERS[method](call, state);
    return answer instanceof Refusal ? answer : applyFieldMask(mask, answer) as object;
  }

  async #fault(kind: RequestKind, method: string, path: string, user: string | undefined): Promise<Fault | undefined> {
    const { faults } = this.#params;
    if (faults.isEmpty) return undefined;
    const fault = faults.strike({ kind, method, path, user });
    if (fault?.type === "delay") await this.#delay(fault.ms);
    return fault;
  }

  /** Carries out what a fault does to an account, a token or a message. */
  #change(fault: Fault, user: string | undefined, token?: string, id?: string): void {
    const { state, tokens } = this.#params;
    if (fault.type === "expireToken" && token !== undefined) tokens.revoke(token);
    const account = user === undefined ? undefined : state.directory.find(user);
    if (account === undefined) return;
    if (fault.type === "suspendUser") account.suspended = true;
    else if (fault.type === "archiveUser") account.archived = true;
    else if (fault.type === "removeMailbox") account.isMailboxSetup = false;
    else if (fault.type === "deleteMessage" && id !== undefined) state.mailboxes.of(account).delete(id);
  }

  #latency(): number {
    const { latency } = this.#params;
    return typeof latency === "number"
      ? latency
      : latency.from + this.#latencyDice.next() * (latency.to - latency.from);
  }

  async #delay(ms: number): Promise<void> {
    const { signal } = this.#stopped;
    if (ms <= 0 || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const over = () => resolve();
    const cancel = this.#params.clock.after(ms, over);
    signal.addEventListener("abort", over);
    await promise;
    signal.removeEventListener("abort", over);
    cancel();
  }

  /** Delayed answers are delayed no longer: nobody is there to take them. */
  stop(): void {
    this.#stopped.abort();
  }
}

/** The request's `fields`, checked against the answer's members. */
function readMask(method: ApiMethod, query: URLSearchParams): FieldMask | Refusal {
  const text = query.get("fields");
  if (text === null || text === "") return true;
  const mask = parseFieldMask(text);
  if (mask === undefined) return invalidArgument(`Invalid field selection ${text}`, "fields");
  const unknown = unknownField(mask, ANSWER_SHAPES[method]);
  return unknown === undefined ? mask : invalidArgument(`Invalid field selection ${unknown}`, "fields");
}
