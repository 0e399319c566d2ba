import type { Clock } from "../../core/clock.ts";
import { QuotaLane } from "./quota_lane.ts";

/** One quota that a request counts against. */
export interface QuotaKey {
  /** Unique: API, project and, for a user's quota, the user. */
  readonly key: string;
  /** For people: `user ann@example.com`, `project mail-search-1`. */
  readonly label: string;
  /** Units in any 60 s; Infinity when it is only parked, never paced. */
  readonly limit: number;
  /** Whether waiting calls are served strictly in turn (a user's), or whoever is there (a project's, which many users share). */
  readonly inTurn: boolean;
}

export interface PaceRequest {
  readonly quotas: readonly QuotaKey[];
  /** Units of the next request. */
  readonly cost: number;
  /** Units the same call will want after it. */
  readonly ahead: number;
  /** Names the call, the same at each of its returns: it keeps its place in the queue. */
  readonly ticket: string;
}

export type Grant =
  /** Send it now, and call `settle` once, when it was answered. */
  | { readonly type: "go"; settle(): void }
  /** Ask again at `at` (ms), at most a second away: not worth giving the call back. */
  | { readonly type: "soon"; readonly at: number }
  /** Give the call back until `until` (ms). Its place is kept. */
  | { readonly type: "wait"; readonly until: number; readonly waitingFor: string };

/** A wait up to this long (ms) is waited in place. */
const SOON = 1_000;
/** First and longest pause (ms) after a server said "too fast" without saying until when. */
const FIRST_BACKOFF = 1_000;
const LONGEST_BACKOFF = 60_000;
const IDLE_LANES = 2_000;

/** Keeps every quota under its limit in any sliding 60 s, as greedily as that allows, and parks what a server refused. */
export class Pacer {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #spent: (units: number) => void;
  readonly #lanes = new Map<string, QuotaLane>();

  /** `spent` is told of the units of every request that is let through. */
  constructor(params: { clock: Clock; random: () => number; spent?: ((units: number) => void) | undefined }) {
    this.#clock = params.clock;
    this.#random = params.random;
    this.#spent = params.spent ?? (() => {});
  }

  take(request: PaceRequest): Grant {
    const now = this.#clock.now();
    const lanes = request.quotas.map((quota) => this.#lane(quota));
    const times = lanes.map((lane) => lane.earliest({ now, cost: request.cost, ticket: request.ticket }));
    const at = Math.max(now, ...times);
    if (at <= now) {
      for (const lane of lanes) lane.spend({ now, cost: request.cost, ahead: request.ahead, ticket: request.ticket });
      this.#spent(request.cost);
      return { type: "go", settle: this.#settler(lanes, request.cost) };
    }
    // Only the quota that is short keeps a place for the call: the other may serve others meanwhile.
    const short = times.indexOf(at);
    lanes.forEach((lane, index) => {
      if (index !== short) lane.release(request.ticket);
    });
    const lane = lanes[short]!;
    lane.book({ at, cost: request.cost + request.ahead, ticket: request.ticket });
    if (at - now <= SOON) return { type: "soon", at };
    return { type: "wait", until: at, waitingFor: waitText(request.quotas[short]!.label, lane.reason(now), at) };
  }

  /** Gives up a call's place: it ended, or was given up. */
  release(quotas: readonly QuotaKey[], ticket: string): void {
    for (const quota of quotas) this.#lanes.get(quota.key)?.release(ticket);
  }

  /** Whether a server has asked to be left alone. */
  isParked(quotas: readonly QuotaKey[]): boolean {
    const now = this.#clock.now();
    return quotas.some((quota) => this.#lanes.get(quota.key)?.isParked(now) ?? false);
  }

  /** Lets nothing through until `until` (ms), as a server asked. */
  park(quota: QuotaKey, until: number, reason: string): void {
    this.#lane(quota).park(until, reason);
  }

  /** Parks after a refusal that named no time: 1 s, 2 s, 4 s … 60 s for refusals in a row, with jitter upwards. */
  backOff(quota: QuotaKey, reason: string): void {
    const lane = this.#lane(quota);
    const pause = Math.min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** lane.countRefusal());
    lane.park(this.#clock.now() + Math.ceil(pause * (1 + this.#random() / 4)), reason);
  }

  /** Counts what was spent at `at` (ms) by an earlier process. In order of time, before anything else is spent. */
  recall(quotas: readonly QuotaKey[], spent: { cost: number; at: number }): void {
    for (const quota of quotas) this.#lane(quota).recall(spent);
  }

  /** Ends a row of refusals. */
  served(quotas: readonly QuotaKey[]): void {
    for (const quota of quotas) this.#lanes.get(quota.key)?.clearRefusals();
  }

  #settler(lanes: readonly QuotaLane[], cost: number): () => void {
    let settled = false;
    return () => {
      if (settled) return;
      settled = true;
      for (const lane of lanes) lane.settle(cost, this.#clock.now());
    };
  }

  #lane(quota: QuotaKey): QuotaLane {
    let lane = this.#lanes.get(quota.key);
    if (lane === undefined) {
      if (this.#lanes.size >= IDLE_LANES) this.#dropIdle();
      lane = new QuotaLane(quota);
      this.#lanes.set(quota.key, lane);
    }
    return lane;
  }

  #dropIdle(): void {
    const now = this.#clock.now();
    for (const [key, lane] of this.#lanes) if (lane.idle(now)) this.#lanes.delete(key);
  }
}

function waitText(label: string, reason: string, until: number): string {
  return `${label}: ${reason} until ${new Date(until).toISOString()}`;
}
