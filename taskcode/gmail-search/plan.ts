import type { QuotaFacts } from "./types.ts";

export const PROFILE = "gmail.users.getProfile";
export const LIST = "gmail.users.messages.list";
export const LABELS = "gmail.users.labels.list";
export const GET = "gmail.users.messages.get";

/** Ids, or users, on one page of a list: the most that Google gives. */
export const PAGE = 500;

/** What a search costs: all of it in quota units, and the shortest time that the quota allows, s. */
export interface Cost {
  readonly toFetch: number;
  readonly units: number;
  /** Of the user whose search costs most. */
  readonly unitsOfOneUser: number;
  readonly seconds: number;
  readonly profile: string;
}

/** What a search fetches of every mailbox. */
export interface Extent {
  /** Messages at most. */
  readonly limit: number;
  /** The names of its labels, too. */
  readonly hasLabels: boolean;
}

/** How much of a mailbox a search fetches, and what that costs in units: whose it is, its ids, its labels, and each message. */
export function costOfUser(
  hits: number,
  { limit, hasLabels }: Extent,
  { costs }: QuotaFacts,
): { toFetch: number; units: number } {
  const toFetch = Math.min(hits, limit);
  const pages = Math.max(1, Math.ceil(Math.min(hits, limit + 1) / PAGE));
  const calls = { [PROFILE]: 1, [LIST]: pages, [LABELS]: hasLabels && hits > 0 ? 1 : 0, [GET]: toFetch };
  const units = Object.entries(calls).reduce((sum, [method, count]) => sum + count * (costs[method] ?? 0), 0);
  return { toFetch, units };
}

/** Users are searched at the same time, each within the limit of a user and all of them within that of the project. */
export function costOfSearch(hits: readonly number[], extent: Extent, quota: QuotaFacts): Cost {
  const users = hits.map((count) => costOfUser(count, extent, quota));
  const units = users.reduce((sum, user) => sum + user.units, 0);
  const unitsOfOneUser = users.reduce((most, user) => Math.max(most, user.units), 0);
  const { user, project } = quota.perMinute;
  return {
    toFetch: users.reduce((sum, { toFetch }) => sum + toFetch, 0),
    units,
    unitsOfOneUser,
    seconds: Math.max(secondsFor(unitsOfOneUser, user), secondsFor(units, project)),
    profile: quota.profile,
  };
}

/** A minute's units may be spent at once; the rest waits for the minutes that follow. */
function secondsFor(units: number, perMinute: number | null): number {
  return perMinute === null || units === 0 ? 0 : (Math.ceil(units / perMinute) - 1) * 60;
}
