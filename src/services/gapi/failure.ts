import type { ErrorCode, SerializedError } from "../../core/errors.ts";
import type { HeaderReader } from "./server_wait.ts";

/** How a request to Google failed. */
export interface GoogleFailure {
  readonly from: "token" | "api";
  /** HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  readonly body: unknown;
  readonly headers: HeaderReader | undefined;
  /** What broke, when there was no answer. */
  readonly cause: unknown;
}

/** A server that is asked, and what names it. */
export interface Server {
  readonly origin: string;
  /** A keystore entry, in words. */
  readonly namedBy: string;
}

/** What was asked, by whom, as whom. */
export interface FailureContext {
  readonly method: string;
  /** `gmail`, `admin`, `reports`, `drive` … */
  readonly api: string;
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly clientEmail: string;
  readonly clientId: string;
  /** Where the keystore leads to; undefined: Google itself. */
  readonly servers: { readonly token: Server; readonly api: Server | undefined };
  /** Of the service, ms. */
  readonly now: number;
  /** Of the machine, ms: assertions are signed with it. */
  readonly machineTime: number;
  /** Texts that must never be repeated: the key, the token. */
  readonly secrets: readonly string[];
}

/** What a failure means for the call. */
export type Verdict =
  /** A quota is used up: come back when told, or after a pause of our own when `until` is undefined. */
  | {
    readonly kind: "throttled";
    readonly of: "user" | "project";
    readonly until: number | undefined;
    readonly reason: string;
  }
  /** Passing: try again after backoff, or at `at` (ms). */
  | { readonly kind: "transient"; readonly error: SerializedError; readonly at?: number }
  /** The token is not, or no longer, good: a new one is worth one more try. */
  | { readonly kind: "unauthorized"; readonly error: SerializedError }
  | { readonly kind: "final"; readonly error: SerializedError };

/** Where domain-wide delegation is granted. */
export const DELEGATION_PAGE = "https://admin.google.com/ac/owl/domainwidedelegation";

/** What was asked of whom, as messages begin. */
export function target(context: Pick<FailureContext, "method" | "subject">): string {
  return `${context.method} for ${context.subject}`;
}

/** Names the scopes, the client and the page. */
export function delegationHint(context: Pick<FailureContext, "scopes" | "clientId" | "clientEmail">): string {
  const client = context.clientId === "" ? `the client id of ${context.clientEmail}` : `client id ${context.clientId}`;
  return `Grant ${context.scopes.join(" ")} to ${client} at ${DELEGATION_PAGE} ` +
    "(as a super administrator of the user's domain; it can take some minutes to work).";
}

export function makeError(
  code: ErrorCode,
  message: string,
  details: Record<string, unknown>,
  hint?: string,
): SerializedError {
  return {
    name: "TaskerError",
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(Object.keys(details).length === 0 ? {} : { details }),
  };
}
