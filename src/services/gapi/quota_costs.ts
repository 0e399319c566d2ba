import type { KnownMethod } from "./methods.ts";

/**
 * Which quota table a Google Cloud project lives under: `legacy` for projects that used the Gmail API between November 2025 and
 * April 2026, `new` for all others (https://developers.google.com/workspace/gmail/api/reference/quota, changed on 1 May 2026). `none` is
 * for a local Workspace without quotas: nothing is paced, only parked when the server says so.
 */
export type QuotaProfile = "new" | "legacy" | "none";

/** Units per minute. */
export interface QuotaLimits {
  readonly user: number;
  readonly project: number;
}

const UNLIMITED: QuotaLimits = { user: Infinity, project: Infinity };

const GMAIL_LIMITS: Readonly<Record<Exclude<QuotaProfile, "none">, QuotaLimits>> = {
  new: { user: 6_000, project: 1_200_000 },
  legacy: { user: 15_000, project: 1_200_000 },
};

/** Queries per minute of one admin; https://developers.google.com/workspace/admin/directory/v1/limits. */
const ADMIN_LIMITS: QuotaLimits = { user: 2_400, project: Infinity };

/** Reads of Gmail, `[new, legacy]`. */
const GMAIL_COSTS: Readonly<Record<string, readonly [number, number]>> = {
  "gmail.users.getProfile": [1, 1],
  "gmail.users.drafts.get": [20, 5],
  "gmail.users.drafts.list": [5, 5],
  "gmail.users.history.list": [2, 2],
  "gmail.users.labels.get": [1, 1],
  "gmail.users.labels.list": [1, 1],
  "gmail.users.messages.attachments.get": [20, 5],
  "gmail.users.messages.get": [20, 5],
  "gmail.users.messages.list": [5, 5],
  "gmail.users.threads.get": [40, 10],
  "gmail.users.threads.list": [10, 10],
  "gmail.users.messages.batchDelete": [50, 50],
  "gmail.users.messages.batchModify": [50, 50],
  "gmail.users.messages.import": [25, 25],
  "gmail.users.messages.insert": [25, 25],
  "gmail.users.messages.send": [100, 100],
  "gmail.users.drafts.send": [100, 100],
  "gmail.users.watch": [100, 100],
  "gmail.users.stop": [50, 50],
};

/** What any other Gmail method is taken to cost: settings and label reads 1–5, writes 5–20. */
const OTHER_READ = 5;
const OTHER_WRITE = 20;

/** Quota units of one request of a method. */
export function quotaCost(method: Pick<KnownMethod, "path" | "api" | "verb">, profile: QuotaProfile): number {
  if (method.api !== "gmail") return 1;
  const cost = Object.hasOwn(GMAIL_COSTS, method.path) ? GMAIL_COSTS[method.path] : undefined;
  if (cost !== undefined) return cost[profile === "legacy" ? 1 : 0];
  return method.verb === "GET" ? OTHER_READ : OTHER_WRITE;
}

/** The limits a method counts against. An API without an own table is not paced, only parked when its server says so. */
export function quotaLimits(api: string, profile: QuotaProfile): QuotaLimits {
  if (profile === "none") return UNLIMITED;
  if (api === "gmail") return GMAIL_LIMITS[profile];
  if (api === "admin" || api === "reports") return ADMIN_LIMITS;
  return UNLIMITED;
}
