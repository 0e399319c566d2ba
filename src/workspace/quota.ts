import type { Clock } from "../core/clock.ts";
import type { ApiMethod } from "./methods.ts";

/** Quota units as Gmail counts them: per minute, per user and per project. */

/** `new`: projects made since May 2026; `legacy`: those active before; `none`: nothing is limited, units are still counted. */
export type QuotaProfile = "new" | "legacy" | "none";

export interface QuotaLimits {
  unitsPerUser: number;
  unitsPerProject: number;
  /** Requests of one user at the same moment. */
  concurrentPerUser: number;
}

/** The window over which units add up, ms. */
export const WINDOW = 60_000;

const PROFILE_LIMITS: Readonly<Record<QuotaProfile, QuotaLimits>> = {
  new: { unitsPerUser: 6_000, unitsPerProject: 1_200_000, concurrentPerUser: Infinity },
  legacy: { unitsPerUser: 15_000, unitsPerProject: 1_200_000, concurrentPerUser: Infinity },
  none: { unitsPerUser: Infinity, unitsPerProject: Infinity, concurrentPerUser: Infinity },
};

/** Source: Gmail API, "Usage limits", as of November 2026. Methods that are not listed cost nothing here (Directory). */
const UNITS: Partial<Record<ApiMethod, { new: number; legacy: number }>> = {
  "gmail.users.messages.list": { new: 5, legacy: 5 },
  "gmail.users.messages.get": { new: 20, legacy: 5 },
  "gmail.users.messages.trash": { new: 5, legacy: 5 },
  "gmail.users.messages.attachments.get": { new: 20, legacy: 5 },
  "gmail.users.threads.list": { new: 10, legacy: 10 },
  "gmail.users.threads.get": { new: 40, legacy: 10 },
  "gmail.users.labels.list": { new: 1, legacy: 1 },
  "gmail.users.labels.get": { new: 1, legacy: 1 },
  "gmail.users.getProfile": { new: 1, legacy: 1 },
};

/** What one request of a method costs. */
export function unitsOf(method: ApiMethod, profile: QuotaProfile): number {
  return UNITS[method]?.[profile === "legacy" ? "legacy" : "new"] ?? 0;
}

/** Units spent in the last 60 s, exactly: every spending is remembered until it has slid out. */
export class SlidingWindow {
  #spent: { at: number; units: number }[] = [];
  #head = 0;
  #sum = 0;
  /** The most units ever seen in one window. */
  highest = 0;

  constructor(readonly limit: number) {}

  #slide(now: number): void {
    while (this.#head < this.#spent.length && this.#spent[this.#head]!.at + WINDOW <= now) {
      this.#sum -= this.#spent[this.#head++]!.units;
    }
    if (this.#head > 1024 && this.#head * 2 > this.#spent.length) {
      this.#spent = this.#spent.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Undefined when `units` fit now, else the time (ms) at which they will. */
  fullUntil(units: number, now: number): number | undefined {
    this.#slide(now);
    if (this.#sum + units <= this.limit) return undefined;
    let excess = this.#sum + units - this.limit;
    for (let at = this.#head; at < this.#spent.length; at++) {
      excess -= this.#spent[at]!.units;
      if (excess <= 0) return this.#spent[at]!.at + WINDOW;
    }
    return now + WINDOW;
  }

  spend(units: number, now: number): void {
    const last = this.#spent.at(-1);
    if (last !== undefined && last.at === now && this.#head < this.#spent.length) last.units += units;
    else this.#spent.push({ at: now, units });
    this.#sum += units;
    this.highest = Math.max(this.highest, this.#sum);
  }
}

export interface QuotaOptions {
  profile?: QuotaProfile;
  unitsPerUser?: number;
  unitsPerProject?: number;
  concurrentPerUser?: number;
}

export interface QuotaExcess {
  scope: "user" | "project";
  /** ms; when the same request would pass if nothing else is asked meanwhile. */
  retryAt: number;
}

/** Counts units and lets nothing through that would go over a limit. */
export class QuotaMeter {
  readonly profile: QuotaProfile;
  readonly limits: QuotaLimits;
  readonly #clock: Clock;
  readonly #project: SlidingWindow;
  readonly #users = new Map<string, SlidingWindow>();
  readonly #inFlight = new Map<string, { now: number; highest: number }>();

  constructor(clock: Clock, options: QuotaOptions = {}) {
    this.profile = options.profile ?? "new";
    const base = PROFILE_LIMITS[this.profile];
    this.limits = {
      unitsPerUser: options.unitsPerUser ?? base.unitsPerUser,
      unitsPerProject: options.unitsPerProject ?? base.unitsPerProject,
      concurrentPerUser: options.concurrentPerUser ?? base.concurrentPerUser,
    };
    this.#clock = clock;
    this.#project = new SlidingWindow(this.limits.unitsPerProject);
  }

  /** Spends a request's units, or says which limit it would break (then nothing is spent). */
  take(user: string, method: ApiMethod): QuotaExcess | undefined {
    const units = unitsOf(method, this.profile);
    if (units === 0) return undefined;
    const now = this.#clock.now();
    const own = this.#window(user);
    const userUntil = own.fullUntil(units, now);
    const projectUntil = this.#project.fullUntil(units, now);
    if (userUntil !== undefined) return { scope: "user", retryAt: Math.max(userUntil, projectUntil ?? 0) };
    if (projectUntil !== undefined) return { scope: "project", retryAt: projectUntil };
    own.spend(units, now);
    this.#project.spend(units, now);
    return undefined;
  }

  #window(user: string): SlidingWindow {
    let window = this.#users.get(user);
    if (window === undefined) this.#users.set(user, window = new SlidingWindow(this.limits.unitsPerUser));
    return window;
  }

  /** Whether one more request of a user may run now; each `true` needs a `leave`. */
  enter(user: string): boolean {
    const flight = this.#inFlight.get(user) ?? { now: 0, highest: 0 };
    if (flight.now >= this.limits.concurrentPerUser) return false;
    flight.now++;
    flight.highest = Math.max(flight.highest, flight.now);
    this.#inFlight.set(user, flight);
    return true;
  }

  leave(user: string): void {
    const flight = this.#inFlight.get(user);
    if (flight !== undefined) flight.now--;
  }

  /** The most units that any window of 60 s held, and the most requests at one moment. */
  peaks(): QuotaPeaks {
    return {
      unitsPerProject: this.#project.highest,
      unitsPerUser: Object.fromEntries([...this.#users].map(([user, window]) => [user, window.highest])),
      concurrentPerUser: Object.fromEntries([...this.#inFlight].map(([user, flight]) => [user, flight.highest])),
    };
  }
}

export interface QuotaPeaks {
  unitsPerProject: number;
  unitsPerUser: Record<string, number>;
  concurrentPerUser: Record<string, number>;
}
