/** Refusals in the exact shapes that Google's servers send. */

/** An answer other than success: an HTTP status and the body Google gives with it. */
export class Refusal {
  constructor(
    readonly status: number,
    readonly body: unknown,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {}
}

/** The canonical names of google.rpc.Code that Google puts beside an HTTP status. */
const STATUS_NAMES: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  405: "UNIMPLEMENTED",
  429: "RESOURCE_EXHAUSTED",
  500: "INTERNAL",
  502: "UNAVAILABLE",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};

export interface ApiRefusalParams {
  code: number;
  message: string;
  reason: string;
  /** What `errors[0].message` says, when it differs from the message. */
  detail?: string;
  /** `global` unless it is about usage. */
  domain?: string;
  /** The parameter or header that is wrong. */
  location?: string;
  locationType?: "parameter" | "header";
  status?: string;
  details?: readonly unknown[];
  headers?: Readonly<Record<string, string>>;
}

/** A refusal of the Gmail or Directory API: `{error:{code,message,errors:[{message,domain,reason}],status}}`. */
export function apiRefusal(params: ApiRefusalParams): Refusal {
  const error = {
    message: params.detail ?? params.message,
    domain: params.domain ?? "global",
    reason: params.reason,
    ...(params.location === undefined
      ? {}
      : { location: params.location, locationType: params.locationType ?? "parameter" }),
  };
  return new Refusal(params.code, {
    error: {
      code: params.code,
      message: params.message,
      errors: [error],
      status: params.status ?? STATUS_NAMES[params.code] ?? "UNKNOWN",
      ...(params.details === undefined ? {} : { details: params.details }),
    },
  }, params.headers);
}

/** A refusal of the token endpoint: `{error, error_description}` (RFC 6749, section 5.2). */
export function tokenRefusal(code: number, error: string, description: string): Refusal {
  return new Refusal(code, { error, error_description: description });
}

export function invalidArgument(message: string, location?: string): Refusal {
  return apiRefusal({
    code: 400,
    message,
    reason: location === undefined ? "invalidArgument" : "invalidParameter",
    ...(location === undefined ? {} : { location }),
  });
}

export function notFound(message: string): Refusal {
  return apiRefusal({ code: 404, message, reason: "notFound" });
}

export function forbidden(message: string): Refusal {
  return apiRefusal({ code: 403, message, reason: "forbidden" });
}

const CREDENTIAL_KINDS = "Expected OAuth 2 access token, login cookie or other valid authentication credential. " +
  "See https://developers.google.com/identity/sign-in/web/devconsole-project.";

export function missingCredentials(): Refusal {
  return apiRefusal({
    code: 401,
    message: `Request is missing required authentication credential. ${CREDENTIAL_KINDS}`,
    detail: "Login Required.",
    reason: "required",
    location: "Authorization",
    locationType: "header",
  });
}

export function invalidCredentials(): Refusal {
  return apiRefusal({
    code: 401,
    message: `Request had invalid authentication credentials. ${CREDENTIAL_KINDS}`,
    detail: "Invalid Credentials",
    reason: "authError",
    location: "Authorization",
    locationType: "header",
  });
}

/** The token is good, but none of its scopes covers the method. */
export function insufficientScopes(service: string, method: string): Refusal {
  return apiRefusal({
    code: 403,
    message: "Request had insufficient authentication scopes.",
    detail: "Insufficient Permission",
    reason: "insufficientPermissions",
    details: [{
      "@type": "type.googleapis.com/google.rpc.ErrorInfo",
      reason: "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
      domain: "googleapis.com",
      metadata: { method, service },
    }],
  });
}

/** The account has no Gmail mailbox. */
export function mailServiceNotEnabled(): Refusal {
  return apiRefusal({
    code: 400,
    message: "Mail service not enabled",
    reason: "failedPrecondition",
    status: "FAILED_PRECONDITION",
  });
}

/** How long a limit still holds, as Google writes it into the message text. */
function retryAfterText(retryAt: number): string {
  return `Retry after ${new Date(retryAt).toISOString()}`;
}

export interface RateRefusalParams {
  code: 429 | 403;
  scope: "user" | "project";
  /** ms; when the same request would pass. Without it the text names no time. */
  retryAt?: number;
  /** Overrides the reason that goes with code and scope. */
  reason?: string;
  /** Also sends a `Retry-After` header, in whole seconds from `now`. */
  now?: number;
}

/** Too many quota units in a minute. Google answers 429 or 403, and both mean the same. */
export function rateRefusal(params: RateRefusalParams): Refusal {
  const { code, scope, retryAt, now } = params;
  const what = scope === "user"
    ? "User-rate limit exceeded."
    : "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute' of service 'gmail.googleapis.com'.";
  const reason = params.reason ?? (code === 403 && scope === "user" ? "userRateLimitExceeded" : "rateLimitExceeded");
  const wait = retryAt !== undefined && now !== undefined ? Math.max(0, Math.ceil((retryAt - now) / 1000)) : undefined;
  return apiRefusal({
    code,
    message: retryAt === undefined ? what : `${what}  ${retryAfterText(retryAt)}`,
    domain: code === 403 ? "usageLimits" : "global",
    reason,
    status: code === 403 ? "PERMISSION_DENIED" : "RESOURCE_EXHAUSTED",
    ...(wait === undefined ? {} : { headers: { "retry-after": String(wait) } }),
  });
}

export function tooManyConcurrent(): Refusal {
  return apiRefusal({ code: 429, message: "Too many concurrent requests for user.", reason: "rateLimitExceeded" });
}

/** The project's quota of the day is used up. */
export function dailyLimitExceeded(retryAt?: number): Refusal {
  return apiRefusal({
    code: 403,
    message: "Daily Limit Exceeded. The quota will be reset at midnight Pacific Time (PT)." +
      (retryAt === undefined ? "" : ` ${retryAfterText(retryAt)}`),
    domain: "usageLimits",
    reason: "dailyLimitExceeded",
  });
}

const SERVER_WORDS: Readonly<Record<number, [message: string, reason: string]>> = {
  500: ["Internal error encountered.", "backendError"],
  502: ["Bad Gateway", "badGateway"],
  503: ["The service is currently unavailable.", "backendError"],
  504: ["Deadline expired before operation could complete.", "backendError"],
};

/** A fault of the server's own. */
export function serverFailure(code: 500 | 502 | 503 | 504): Refusal {
  const [message, reason] = SERVER_WORDS[code]!;
  return apiRefusal({ code, message, reason });
}
