import type { ErrorCode } from "../../core/errors.ts";
import { delegationHint, type FailureContext, makeError, target, type Verdict } from "./failure.ts";
import type { HeaderReader } from "./server_wait.ts";
import type { ServerWords } from "./server_words.ts";

/** Clocks further apart than this (ms) make Google refuse an assertion. */
const TOLERATED_SKEW = 5 * 60_000;
/** Less (ms) is not worth a word: the Date header has whole seconds, and was taken on the way. */
const NOTED_SKEW = 5_000;

/**
 * What a refusal of the token endpoint means. `invalid_grant` has several meanings that only the description tells apart, and it is not a
 * fixed text: the Date header of the answer decides between a clock that is off and an account that is not there.
 */
export function tokenVerdict(params: {
  status: number;
  words: ServerWords;
  headers: HeaderReader | undefined;
  context: FailureContext;
}): Verdict {
  const { status, words, context } = params;
  const { oauthError, message: description } = words;
  const message = `${target(context)}: no token: ${oauthError === "" ? `status ${status}` : oauthError}` +
    (description === "" || description === oauthError ? "." : ` (${description}).`);
  const final = (code: ErrorCode, reason: string, hint: string): Verdict => ({
    kind: "final",
    error: makeError(code, message, { status, reason }, hint),
  });

  if (/^(?:unauthorized_client|access_denied|invalid_scope)$/.test(oauthError)) {
    return final("FORBIDDEN", "delegation", delegationHint(context));
  }
  if (/^(?:invalid_client|deleted_client|disabled_client)$/.test(oauthError)) {
    return final("CREDENTIALS", "key", keyHint(context));
  }
  if (oauthError !== "invalid_grant") {
    return final(
      "UNAUTHORIZED",
      "refused",
      "Run: tasker keystore list, and look whether GAPI_KEY is the right account's.",
    );
  }

  if (/signature|key|account not found|service account/i.test(description)) {
    return final("CREDENTIALS", "key", keyHint(context));
  }
  const skew = clockSkew(params.headers, context.machineTime);
  const blamesTime = /short-lived|timeframe|\biat\b|\bexp\b|clock|in the future|expired/i.test(description);
  if (blamesTime || (skew !== undefined && Math.abs(skew) > TOLERATED_SKEW)) {
    const measured = skew === undefined || Math.abs(skew) < NOTED_SKEW
      ? "This machine's clock seems to be off"
      : `This machine's clock is ${Math.round(Math.abs(skew) / 1_000)} s ${skew > 0 ? "behind" : "ahead of"} Google's`;
    return final("CREDENTIALS", "clock", `${measured}: set it (or its time zone), then try again.`);
  }
  return final("FORBIDDEN", "user", userHint(description, context));
}

/** How far (ms) the server's clock is ahead of the machine's. The Date header counts whole seconds. */
function clockSkew(headers: HeaderReader | undefined, machineTime: number): number | undefined {
  const time = Date.parse(headers?.get("date") ?? "");
  return Number.isNaN(time) ? undefined : time - machineTime;
}

function keyHint(context: FailureContext): string {
  return `The key of ${context.clientEmail} was revoked or its account deleted or disabled: make a new key, then run: ` +
    "tasker keystore set GAPI_KEY --file key.json.";
}

function userHint(description: string, context: FailureContext): string {
  const { subject } = context;
  if (/suspend|disabled/i.test(description)) return `${subject} is suspended: leave them out, or restore them first.`;
  if (/delet/i.test(description)) return `${subject} was deleted: leave them out.`;
  return `${subject} is suspended, deleted, or no user of a domain that trusts ${context.clientEmail}.`;
}
