import { Buffer } from "node:buffer";
import type { Clock } from "../core/clock.ts";
import type { Directory } from "./directory.ts";
import { checkClaims, decodeAssertion } from "./jwt_assertion.ts";
import { Refusal, tokenRefusal } from "./refusal.ts";
import type { ServiceAccount } from "./service_account.ts";
import { signatureHolds } from "./service_account.ts";

/** The token endpoint: service-account assertions in, opaque access tokens out. */

export const GOOGLE_AUDIENCE = "https://oauth2.googleapis.com/token";
const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const NOT_DELEGATED = "Client is unauthorized to retrieve access tokens using this method, " +
  "or client not authorized for any of the scopes requested.";

/** What an access token stands for. */
export interface Session {
  readonly token: string;
  /** Primary address. */
  readonly user: string;
  readonly scopes: ReadonlySet<string>;
  /** ms. */
  readonly expires: number;
}

export interface TokenGrant {
  access_token: string;
  /** Seconds; one less than the lifetime, as Google tells it. */
  expires_in: number;
  token_type: "Bearer";
}

export interface TokenDeskParams {
  account: ServiceAccount;
  directory: Directory;
  /** What tokens expire by. */
  clock: Clock;
  /** What `iat` and `exp` of an assertion are held against. */
  assertionClock: Clock;
  /** Scopes granted to the service account by domain-wide delegation. */
  grantedScopes: Iterable<string>;
  /** Seconds. */
  lifetime: number;
}

export class TokenDesk {
  readonly #params: TokenDeskParams;
  readonly #audiences = [GOOGLE_AUDIENCE];
  readonly #sessions = new Map<string, Session>();
  #granted: Set<string>;
  #issued = 0;

  constructor(params: TokenDeskParams) {
    this.#params = params;
    this.#granted = new Set(params.grantedScopes);
  }

  /** Also accepts assertions made out to this URL: the endpoint's own, known once it listens. */
  acceptAudience(url: string): void {
    this.#audiences.push(url);
  }

  grantScopes(scopes: Iterable<string>): void {
    this.#granted = new Set(scopes);
  }

  get issued(): number {
    return this.#issued;
  }

  /** Answers one `POST /token`. */
  async grant(form: URLSearchParams): Promise<TokenGrant | Refusal> {
    const type = form.get("grant_type");
    if (type !== JWT_BEARER) return tokenRefusal(400, "unsupported_grant_type", `Invalid grant_type: ${type ?? ""}`);
    const text = form.get("assertion");
    if (text === null || text === "") {
      return tokenRefusal(400, "invalid_request", "Missing required parameter: assertion");
    }
    const assertion = decodeAssertion(text);
    if (assertion === undefined || assertion.header.alg !== "RS256") {
      return tokenRefusal(400, "invalid_grant", "Bad Request");
    }
    const { account, directory } = this.#params;
    const claims = checkClaims(assertion.claims, {
      issuer: account.clientEmail,
      audiences: this.#audiences,
      now: this.#params.assertionClock.now(),
    });
    // As at Google, the signature is looked at before everything but the issuer, whose key it needs.
    const knownIssuer = assertion.claims.iss === account.clientEmail;
    if (knownIssuer && !await signatureHolds(account, assertion.signed, assertion.signature)) {
      return tokenRefusal(400, "invalid_grant", "Invalid JWT Signature.");
    }
    if (claims instanceof Refusal) return claims;
    const user = directory.find(claims.subject);
    if (user === undefined) return tokenRefusal(400, "invalid_grant", "Invalid email or User ID");
    if (user.deleted) return tokenRefusal(400, "invalid_grant", "The account has been deleted");
    if (!directory.canSignIn(user)) return tokenRefusal(400, "invalid_grant", "Bad Request");
    if (!claims.scopes.every((scope) => this.#granted.has(scope))) {
      return tokenRefusal(401, "unauthorized_client", NOT_DELEGATED);
    }
    return this.#issue(user.email, claims.scopes);
  }

  #issue(user: string, scopes: readonly string[]): TokenGrant {
    const { clock, lifetime } = this.#params;
    this.#issued++;
    if (this.#issued % 1000 === 0) this.#forgetExpired();
    const token = `ya29.c.${Buffer.from(crypto.getRandomValues(new Uint8Array(48))).toString("base64url")}`;
    this.#sessions.set(token, { token, user, scopes: new Set(scopes), expires: clock.now() + lifetime * 1000 });
    return { access_token: token, expires_in: Math.max(0, lifetime - 1), token_type: "Bearer" };
  }

  #forgetExpired(): void {
    const now = this.#params.clock.now();
    for (const session of this.#sessions.values()) {
      if (session.expires <= now) this.#sessions.delete(session.token);
    }
  }

  /** The session of a token that is known, not expired, and whose user may still sign in. */
  session(token: string): Session | undefined {
    const session = this.#sessions.get(token);
    if (session === undefined || session.expires <= this.#params.clock.now()) return undefined;
    const user = this.#params.directory.find(session.user);
    return user !== undefined && this.#params.directory.canSignIn(user) ? session : undefined;
  }

  /** Whose token this is or was; undefined for one never given, or long expired. */
  ownerOf(token: string): string | undefined {
    return this.#sessions.get(token)?.user;
  }

  /** Ends one token before its time. */
  revoke(token: string): void {
    const session = this.#sessions.get(token);
    if (session !== undefined) this.#sessions.set(token, { ...session, expires: 0 });
  }

  /** Ends every token of a user, or of all users. */
  revokeAll(user?: string): void {
    for (const session of this.#sessions.values()) {
      if (user === undefined || session.user === user) this.revoke(session.token);
    }
  }
}
