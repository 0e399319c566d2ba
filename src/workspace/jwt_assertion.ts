import { Buffer } from "node:buffer";
import { isJsonObject } from "../core/json.ts";
import type { JsonObject } from "../core/json.ts";
import type { Refusal } from "./refusal.ts";
import { tokenRefusal } from "./refusal.ts";

/** The JWT with which a service account asks for a token in a user's name (RFC 7523, Google's claims). */

export interface Assertion {
  readonly header: JsonObject;
  readonly claims: JsonObject;
  /** What was signed: header and claims as they were sent. */
  readonly signed: string;
  readonly signature: Uint8Array;
}

function decodePart(part: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return isJsonObject(value) ? value : undefined;
  } catch {
    // Not JSON: the caller refuses the assertion as malformed.
    return undefined;
  }
}

/** Takes a compact JWS apart; undefined when it is none. */
export function decodeAssertion(text: string): Assertion | undefined {
  const parts = text.split(".");
  if (parts.length !== 3) return undefined;
  const header = decodePart(parts[0]!);
  const claims = decodePart(parts[1]!);
  if (header === undefined || claims === undefined) return undefined;
  return {
    header,
    claims,
    signed: `${parts[0]}.${parts[1]}`,
    signature: new Uint8Array(Buffer.from(parts[2]!, "base64url")),
  };
}

export interface CheckedClaims {
  readonly subject: string;
  readonly scopes: readonly string[];
}

/** How far a sender's clock may be ahead, and how long an assertion may live, in seconds. */
export const CLOCK_SKEW = 300;
const LONGEST_LIFE = 3600;

const BAD_TIMES = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. " +
  "Check your iat and exp values in the JWT claim.";

export interface ClaimRules {
  readonly issuer: string;
  readonly audiences: readonly string[];
  /** ms. */
  readonly now: number;
}

/** Checks every claim but the signature and whether the user exists. */
export function checkClaims(claims: JsonObject, rules: ClaimRules): CheckedClaims | Refusal {
  const { iss, aud, iat, exp, sub, scope } = claims;
  if (iss !== rules.issuer) return tokenRefusal(400, "invalid_grant", "Invalid grant: account not found");
  if (typeof aud !== "string" || !rules.audiences.includes(aud)) {
    return tokenRefusal(
      400,
      "invalid_grant",
      "Invalid JWT: Failed audience check. The right audience is " + rules.audiences[0],
    );
  }
  const now = rules.now / 1000;
  if (
    typeof iat !== "number" || typeof exp !== "number" || exp > iat + LONGEST_LIFE || exp <= now ||
    iat > now + CLOCK_SKEW
  ) {
    return tokenRefusal(400, "invalid_grant", BAD_TIMES);
  }
  const scopes = typeof scope === "string" ? [...new Set(scope.split(/\s+/).filter((one) => one !== ""))] : [];
  if (scopes.length === 0) return tokenRefusal(400, "invalid_scope", "Empty or missing scope not allowed.");
  if (typeof sub !== "string" || !sub.includes("@")) {
    return tokenRefusal(400, "invalid_grant", "Not a valid email or user ID.");
  }
  return { subject: sub.toLowerCase(), scopes };
}
