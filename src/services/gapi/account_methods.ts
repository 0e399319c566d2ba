import { TaskerError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import type { Outcome } from "../contract.ts";
import type { CallPlan } from "./call_plan.ts";
import { adminFor, type Credentials } from "./credentials.ts";
import { findMethod, scopeUrl } from "./methods.ts";
import { interruption } from "./outcomes.ts";
import { quotaCost, quotaLimits, type QuotaProfile } from "./quota_costs.ts";
import type { Operation, Requester } from "./requester.ts";
import type { TokenCache } from "./tokens.ts";

/** The scopes that searching mail needs, and whom each is asked for. */
const NEEDED: readonly { scope: string; of: "admin" | "user" }[] = [
  { scope: "admin.directory.user.readonly", of: "admin" },
  { scope: "admin.directory.domain.readonly", of: "admin" },
  { scope: "gmail.readonly", of: "user" },
];

/** In full, as they are granted. */
export const SEARCH_SCOPES: readonly string[] = NEEDED.map(({ scope }) => scopeUrl(scope));

/**
 * Asks the token endpoint for each needed scope and says which it grants:
 * `{ok, namespace, clientEmail, clientId, projectId, keyId, admins: {domain: address}, checks: [{scope, subject, ok, error?}]}`.
 * `userId` names the mailbox to try; the administrator's own when absent.
 */
export async function checkCredentials(params: {
  plan: CallPlan;
  credentials: Credentials;
  requester: Requester;
  operation(of: { subject: string; scopes: readonly string[] }): Omit<Operation, "invoke">;
  signal: AbortSignal;
}): Promise<Outcome> {
  const { plan, credentials, requester, signal } = params;
  const admin = adminFor(credentials, plan.options.domain);
  const user = typeof plan.params.userId === "string" ? plan.params.userId : admin;
  const checks = await Promise.all(NEEDED.map(async ({ scope, of }): Promise<Json> => {
    const subject = of === "admin" ? admin : user;
    const answer = await requester.authorize(params.operation({ subject, scopes: [scopeUrl(scope)] }), signal);
    const check = { scope: scopeUrl(scope), subject, ok: answer.type === "data" };
    if (answer.type !== "final" && answer.type !== "transient") return check;
    return { ...check, error: JSON.parse(JSON.stringify(answer.error)) as Json };
  }));
  if (signal.aborted) return interruption({ path: "checkCredentials", subject: user }, signal);
  return {
    type: "result",
    value: {
      ok: checks.every((check) => (check as { ok: boolean }).ok),
      namespace: credentials.namespace,
      clientEmail: credentials.clientEmail,
      clientId: credentials.clientId,
      projectId: credentials.projectId,
      keyId: credentials.keyId,
      admins: Object.fromEntries(credentials.admins.byDomain),
      checks,
    },
  };
}

/** What is cached for a namespace, without any token: `{namespace, tokens: [{subject, scopes, expiresAt, expiresIn}]}`, times in ISO and s. */
export function tokenInfo(plan: CallPlan, tokens: TokenCache, now: number): Outcome {
  const { userId } = plan.params;
  const cached = tokens.facts(plan.namespace).filter(({ subject }) => userId === undefined || subject === userId);
  return {
    type: "result",
    value: {
      namespace: plan.namespace,
      tokens: cached.map(({ subject, scopes, expiresAt }) => ({
        subject,
        scopes,
        expiresAt: new Date(expiresAt).toISOString(),
        expiresIn: Math.max(0, Math.round((expiresAt - now) / 1_000)),
      })),
    },
  };
}

/** Forgets the tokens of a namespace: `{namespace, cleared}`. */
export function clearTokens(plan: CallPlan, tokens: TokenCache): Outcome {
  return { type: "result", value: { namespace: plan.namespace, cleared: tokens.clear(plan.namespace) } };
}

/**
 * What calls cost, and how much of it there is: `{profile, perMinute: {user, project}, costs: {method: units}}` of the
 * Gmail methods named in `methods`. A limit that there is not is null.
 */
export function quotaFacts(plan: CallPlan, profile: QuotaProfile): Outcome {
  const { methods } = plan.params;
  const names = Array.isArray(methods) ? methods.filter((name) => typeof name === "string") : [];
  const costs = names.map((name) => {
    const method = findMethod(name);
    if (method.kind === "known") return [name, quotaCost(method, profile)] as const;
    throw new TaskerError("INVALID_INPUT", `getQuota knows no cost of ${name}.`, {
      hint: "Name methods like gmail.users.messages.get.",
    });
  });
  const { user, project } = quotaLimits("gmail", profile);
  const limit = (units: number) => Number.isFinite(units) ? units : null;
  return {
    type: "result",
    value: { profile, perMinute: { user: limit(user), project: limit(project) }, costs: Object.fromEntries(costs) },
  };
}
