import type { Clock } from "../../core/clock.ts";
import { TaskerError } from "../../core/errors.ts";
import type { Credentials } from "./credentials.ts";
import { GoogleRequestFailed } from "./google_failure.ts";
import type { RequestGate } from "./request_gate.ts";

/** Whom a token is for and what it may do. */
export interface TokenRequest {
  readonly credentials: Credentials;
  /** The user the service account acts as. */
  readonly subject: string;
  readonly scopes: readonly string[];
}

export interface AccessToken {
  readonly value: string;
  /** ms */
  readonly expiresAt: number;
}

/** What may be told of a cached token. */
export interface TokenFacts {
  readonly subject: string;
  readonly scopes: readonly string[];
  /** ms */
  readonly expiresAt: number;
}

interface CachedToken extends AccessToken {
  readonly request: TokenRequest;
  /** From here on (ms) a new one is minted. */
  readonly renewAt: number;
}

/** How long (ms) before its end a token is renewed; never more than half its life. */
const RENEW_EARLY = 5 * 60_000;

/** Access tokens by domain-wide delegation, in memory only: one per namespace, account, subject and scopes, one request at a time for each. */
export class TokenCache {
  readonly #clock: Clock;
  readonly #gate: RequestGate;
  readonly #cached = new Map<string, CachedToken>();
  readonly #minting = new Map<string, Promise<CachedToken>>();

  constructor(params: { clock: Clock; gate: RequestGate }) {
    this.#clock = params.clock;
    this.#gate = params.gate;
  }

  async get(request: TokenRequest): Promise<AccessToken> {
    const key = cacheKey(request);
    const cached = this.#cached.get(key);
    if (cached !== undefined && this.#clock.now() < cached.renewAt) return cached;
    const minting = this.#minting.get(key) ?? this.#mint(key, request);
    return await minting;
  }

  /** Forgets a token that a server refused, unless a newer one has taken its place. */
  invalidate(request: TokenRequest, token: AccessToken): void {
    const key = cacheKey(request);
    if (this.#cached.get(key)?.value === token.value) this.#cached.delete(key);
  }

  /** What is cached for a namespace. */
  facts(namespace: string): TokenFacts[] {
    return [...this.#cached.values()].filter(({ request }) => request.credentials.namespace === namespace)
      .map(({ request, expiresAt }) => ({ subject: request.subject, scopes: request.scopes, expiresAt }));
  }

  /** Forgets every token of a namespace; says how many there were. */
  clear(namespace: string): number {
    let cleared = 0;
    for (const [key, { request }] of this.#cached) {
      if (request.credentials.namespace === namespace && this.#cached.delete(key)) cleared++;
    }
    return cleared;
  }

  #mint(key: string, request: TokenRequest): Promise<CachedToken> {
    const minting = this.#fetchToken(request).then((token) => {
      this.#dropExpired();
      this.#cached.set(key, token);
      return token;
    }).finally(() => this.#minting.delete(key));
    this.#minting.set(key, minting);
    return minting;
  }

  async #fetchToken(request: TokenRequest): Promise<CachedToken> {
    const leave = await this.#gate.enterTokens();
    try {
      const jwt = await this.#jwtClient(request);
      const { access_token, expiry_date } = await jwt.authorize();
      if (typeof access_token !== "string" || access_token === "") {
        throw new TaskerError("UNAVAILABLE", `The token endpoint gave no token for ${request.subject}.`);
      }
      // The library reckons with the machine's clock, the cache with ours.
      const life = Math.max(0, (expiry_date ?? 0) - Date.now());
      const now = this.#clock.now();
      const renewAt = now + life - Math.min(RENEW_EARLY, life / 2);
      return { value: access_token, expiresAt: Math.round(now + life), renewAt, request };
    } catch (error) {
      throw GoogleRequestFailed.from("token", error);
    } finally {
      leave();
    }
  }

  /** A client for one token: it signs, posts once, and is dropped. */
  async #jwtClient({ credentials, subject, scopes }: TokenRequest) {
    const { JWT } = await import("google-auth-library");
    const jwt = new JWT({
      email: credentials.clientEmail,
      key: credentials.privateKey,
      subject,
      scopes: [...scopes],
      transporterOptions: { fetchImplementation: this.#gate.fetch, retry: false },
    });
    jwt.transporter.interceptors.request.add({
      resolved: (config) => {
        // The library knows one endpoint only and signs it as the audience, whatever the key file says.
        config.url = new URL(credentials.tokenUrl);
        // It also asks for retries of this request; that outweighs `retry: false`.
        config.retryConfig = { retry: 0, noResponseRetries: 0 };
        return Promise.resolve(config);
      },
    });
    return jwt;
  }

  #dropExpired(): void {
    const now = this.#clock.now();
    for (const [key, token] of this.#cached) if (token.expiresAt <= now) this.#cached.delete(key);
  }
}

function cacheKey({ credentials, subject, scopes }: TokenRequest): string {
  return JSON.stringify([credentials.namespace, credentials.fingerprint, subject, ...scopes]);
}
