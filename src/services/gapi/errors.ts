import type { ErrorCode } from "../../core/errors.ts";
import { isLoopback } from "./endpoints.ts";
import {
  delegationHint,
  type FailureContext,
  type GoogleFailure,
  makeError,
  type Server,
  target,
  type Verdict,
} from "./failure.ts";
import { nextPacificMidnight, serverWait } from "./server_wait.ts";
import { cleanWords, readServerWords, type ServerWords } from "./server_words.ts";
import { tokenVerdict } from "./token_errors.ts";

const RATE_REASONS = /^(?:rateLimitExceeded|userRateLimitExceeded|RATE_LIMIT_EXCEEDED|concurrentLimitExceeded)$/;
const DAILY_REASONS = /^(?:dailyLimitExceeded|quotaExceeded)$/;
/** Google names the limit; one that is not a user's is the project's: `limit 'Queries per minute' of service …`. */
const PROJECT_LIMIT = /\blimit '(?![^']*per user)[^']* per [^']*'/i;
const DISABLED_REASONS = /^(?:accessNotConfigured|SERVICE_DISABLED)$/;
const SCOPE_REASONS = /^(?:insufficientPermissions|ACCESS_TOKEN_SCOPE_INSUFFICIENT)$/;

/** Classes a failure as in the table of Google's errors; a pure function. */
export function classify(failure: GoogleFailure, context: FailureContext): Verdict {
  const { status } = failure;
  if (status === undefined) return noAnswer(failure, context);
  const words = readServerWords(failure.body, context.secrets);
  const told = serverWait({ message: words.message, headers: failure.headers, now: context.now });

  const throttled = throttleVerdict({ status, words, told, now: context.now });
  if (throttled !== undefined) return throttled;
  if (status >= 500 || status === 408) {
    const error = makeError("UNAVAILABLE", said(failure, context, words), { status });
    return { kind: "transient", error, ...(told === undefined ? {} : { at: told }) };
  }
  if (failure.from === "token") return tokenVerdict({ status, words, headers: failure.headers, context });
  return apiVerdict({ failure, status, words, context });
}

function throttleVerdict(params: {
  status: number;
  words: ServerWords;
  told: number | undefined;
  now: number;
}): Verdict | undefined {
  const { status, words, told, now } = params;
  if (status !== 403 && status !== 429) return undefined;
  if (words.reasons.some((reason) => DAILY_REASONS.test(reason))) {
    return {
      kind: "throttled",
      of: "project",
      until: told ?? nextPacificMidnight(now),
      reason: "the daily quota is used up",
    };
  }
  if (status === 429 || words.reasons.some((reason) => RATE_REASONS.test(reason))) {
    const of = PROJECT_LIMIT.test(words.message) ? "project" : "user";
    return { kind: "throttled", of, until: told, reason: "quota" };
  }
  return undefined;
}

function apiVerdict(params: {
  failure: GoogleFailure;
  status: number;
  words: ServerWords;
  context: FailureContext;
}): Verdict {
  const { failure, status, words, context } = params;
  const message = said(failure, context, words);
  const has = (pattern: RegExp) => words.reasons.some((reason) => pattern.test(reason));
  const final = (code: ErrorCode, hint?: string, reason?: string): Verdict => ({
    kind: "final",
    error: makeError(code, message, { status, ...(reason === undefined ? {} : { reason }) }, hint),
  });

  if (status === 401) {
    const hint = "A new token was refused as well: look whether the key was deleted and the account may use this API.";
    return { kind: "unauthorized", error: makeError("UNAUTHORIZED", message, { status }, hint) };
  }
  if (status === 403 && has(DISABLED_REASONS)) {
    return final("FORBIDDEN", `Enable the API for this project at ${consolePage(context)}.`, "apiDisabled");
  }
  if (
    status === 403 &&
    (has(SCOPE_REASONS) || /delegation denied|insufficient authentication scopes/i.test(words.message))
  ) {
    return final("FORBIDDEN", delegationHint(context), "delegation");
  }
  if (status === 403 && has(/^domainPolicy$/)) {
    return final("FORBIDDEN", "An administrator has switched this service off for this user.", "domainPolicy");
  }
  if (status === 403) {
    const hint = context.api === "gmail"
      ? delegationHint(context)
      : `Look whether ${context.subject} is an administrator with the needed role and the scope is granted: ${
        delegationHint(context)
      }`;
    return final("FORBIDDEN", hint, "forbidden");
  }
  if (status === 400 && context.api === "gmail" && has(/^(?:failedPrecondition|FAILED_PRECONDITION)$/)) {
    return final(
      "NO_MAILBOX",
      `${context.subject} has no Gmail mailbox: no licence, or Gmail is switched off for them.`,
    );
  }
  if (status === 400 && (/page ?token/i.test(words.message) || words.location === "pageToken")) {
    return final("INVALID_INPUT", "List from the first page again.", "invalidPageToken");
  }
  if (status === 404 || status === 410) return final("NOT_FOUND");
  if (status === 409 || status === 412) return final("CONFLICT");
  if (status === 413) return final("TOO_LARGE");
  if (status >= 300 && status < 400) return final("UNAVAILABLE", "The server redirects; look at GAPI_ROOT_URL.");
  return final("INVALID_INPUT");
}

function noAnswer(failure: GoogleFailure, context: FailureContext): Verdict {
  const cause = failure.cause;
  const timedOut = cause instanceof Error && cause.name === "TimeoutError";
  const words = cleanWords(cause instanceof Error ? cause.message : String(cause), context.secrets);
  if (!timedOut && /connection refused|actively refused/i.test(words)) {
    const server = context.servers[failure.from];
    if (server !== undefined && isLoopback(new URL(server.origin))) return nothingListens(server, context);
  }
  const where = failure.from === "token" ? "Google's token endpoint" : "Google";
  const message = timedOut
    ? `${target(context)}: ${where} did not answer in time.`
    : `${target(context)}: ${where} could not be reached: ${words}`;
  return { kind: "transient", error: makeError(timedOut ? "TIMEOUT" : "UNAVAILABLE", message, {}) };
}

/** A local Workspace that is not running: the plain words come first, since progress lines are cut at the terminal's edge. */
function nothingListens({ origin, namedBy }: Server, context: FailureContext): Verdict {
  const message = `nothing answers at ${origin} (${namedBy}): is the sandbox running? (${target(context)})`;
  const hint = `Start it again with \`tasker sandbox --port ${new URL(origin).port || 80}\`, or correct the entry.`;
  return { kind: "transient", error: makeError("UNAVAILABLE", message, {}, hint) };
}

function said(failure: GoogleFailure, context: FailureContext, words: ServerWords): string {
  const where = failure.from === "token" ? "Google's token endpoint" : "Google";
  return `${target(context)}: ${where} answered ${failure.status}${words.message === "" ? "." : `: ${words.message}`}`;
}

function consolePage(context: FailureContext): string {
  const name = context.api === "reports" ? "admin" : context.api;
  return `https://console.cloud.google.com/apis/library/${encodeURIComponent(name)}.googleapis.com`;
}
