import { hash32 } from "./dice.ts";
import type { ApiMethod } from "./methods.ts";
import {
  dailyLimitExceeded,
  invalidCredentials,
  notFound,
  rateRefusal,
  Refusal,
  serverFailure,
  tokenRefusal,
} from "./refusal.ts";

/** Scripted faults: what a test or a demonstration wants to go wrong, and when. */

/** What a request is, as rules and counters name it. */
export type RequestKind = ApiMethod | "token";

export type Fault =
  /** Too many requests; the wait (ms) is told in the message text, and in a `Retry-After` header too if `header` is set. */
  | { type: "rateLimit"; status: 429 | 403; waitMs?: number; reason?: string; header?: boolean }
  /** The project's quota of the day is used up. */
  | { type: "dailyLimit"; waitMs?: number }
  | { type: "serverError"; status: 500 | 502 | 503 | 504 }
  /** The connection ends without an answer. */
  | { type: "dropConnection" }
  /** The token is refused and worth nothing from now on. */
  | { type: "expireToken" }
  /** The answer comes `ms` later. */
  | { type: "delay"; ms: number }
  /** The message asked for is deleted before it is read. */
  | { type: "deleteMessage" }
  /** The user's account changes before the request is looked at. */
  | { type: "suspendUser" }
  | { type: "archiveUser" }
  | { type: "removeMailbox" }
  /** Any other answer, word for word. */
  | { type: "answer"; status: number; body: unknown; headers?: Record<string, string> };

/** One rule. All conditions that are given must hold; without `nth`, `every`, `probability` and `times` it always strikes. */
export interface FaultRule {
  fault: Fault;
  kind?: RequestKind | readonly RequestKind[];
  /** HTTP method. */
  method?: "GET" | "POST";
  /** Part of the path. */
  path?: string;
  /** Primary address of the token's (or assertion's) user. */
  user?: string;
  /** Strikes at these requests only, counted from 1 among those that fit the conditions above. */
  nth?: number | readonly number[];
  /** Strikes at every n-th such request. */
  every?: number;
  /** Strikes with this probability, drawn from the seed, the request and how often it was made: the same in every run. */
  probability?: number;
  /** Strikes at most so often. */
  times?: number;
}

export interface FaultQuestion {
  kind: RequestKind;
  method: string;
  path: string;
  /** Undefined when the request names nobody. */
  user: string | undefined;
}

/** Decides which fault, if any, strikes a request. */
export class FaultScript {
  readonly #seed: number;
  #rules: { rule: FaultRule; seen: number; struck: number; asked: Map<string, number> }[] = [];

  constructor(seed: number, rules: readonly FaultRule[] = []) {
    this.#seed = seed;
    this.setRules(rules);
  }

  /** Replaces all rules; counting starts anew. */
  setRules(rules: readonly FaultRule[]): void {
    this.#rules = rules.map((rule) => ({ rule, seen: 0, struck: 0, asked: new Map() }));
  }

  get isEmpty(): boolean {
    return this.#rules.length === 0;
  }

  /** The fault of the first rule that strikes. Every fitting rule counts the request. */
  strike(question: FaultQuestion): Fault | undefined {
    let fault: Fault | undefined;
    for (const [number, state] of this.#rules.entries()) {
      const { rule } = state;
      if (!fits(rule, question)) continue;
      state.seen++;
      if (fault !== undefined || state.struck >= (rule.times ?? Infinity)) continue;
      if (rule.nth !== undefined && ![rule.nth].flat().includes(state.seen)) continue;
      if (rule.every !== undefined && state.seen % rule.every !== 0) continue;
      if (rule.probability !== undefined) {
        const request = `${question.kind} ${question.user ?? ""} ${question.path}`;
        const before = state.asked.get(request) ?? 0;
        state.asked.set(request, before + 1);
        if (hash32(this.#seed, "fault", number, request, before) >= rule.probability * 2 ** 32) continue;
      }
      state.struck++;
      fault = rule.fault;
    }
    return fault;
  }
}

function fits(rule: FaultRule, question: FaultQuestion): boolean {
  if (rule.kind !== undefined && ![rule.kind].flat().includes(question.kind)) return false;
  if (rule.method !== undefined && rule.method !== question.method) return false;
  if (rule.path !== undefined && !question.path.includes(rule.path)) return false;
  return rule.user === undefined || rule.user.toLowerCase() === question.user;
}

/** The answer that a fault gives by itself; undefined for one that changes something and lets the request go on. */
export function answerOf(fault: Fault, kind: RequestKind, now: number): Refusal | undefined {
  switch (fault.type) {
    case "rateLimit": {
      const { status, waitMs, reason, header } = fault;
      return rateRefusal({
        code: status,
        scope: "user",
        ...(waitMs === undefined ? {} : { retryAt: now + waitMs }),
        ...(reason === undefined ? {} : { reason }),
        ...(header === true ? { now } : {}),
      });
    }
    case "dailyLimit":
      return dailyLimitExceeded(fault.waitMs === undefined ? undefined : now + fault.waitMs);
    case "serverError":
      return kind === "token"
        ? tokenRefusal(fault.status, "internal_failure", "Backend Error")
        : serverFailure(fault.status);
    case "expireToken":
      return invalidCredentials();
    case "deleteMessage":
      return notFound("Requested entity was not found.");
    case "answer":
      return new Refusal(fault.status, fault.body, fault.headers);
    default:
      return undefined;
  }
}
