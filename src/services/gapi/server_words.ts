/** What a server said, made fit for a person's eyes: it is untrusted, and it may repeat what it was sent. */

const LONGEST = 500;

/** Tokens of Google, JSON Web Tokens, bearer headers and PEM keys, wherever they come from. */
const SECRET_SHAPES = [
  /-----BEGIN[^-]*PRIVATE KEY-----[\s\S]*?(?:-----END[^-]*PRIVATE KEY-----|$)/g,
  /\bey[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?/g,
  /\bya29\.[A-Za-z0-9._-]+/g,
  /\bBearer\s+[A-Za-z0-9._~+/=-]+/gi,
];

/** The text without secrets and without control, bidirectional and other invisible characters, cut to 500 characters. */
export function cleanWords(text: string, secrets: readonly string[] = []): string {
  let clean = text.slice(0, 20_000);
  for (const secret of secrets) if (secret !== "") clean = clean.replaceAll(secret, "[secret]");
  for (const shape of SECRET_SHAPES) clean = clean.replace(shape, "[secret]");
  clean = clean.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").replace(/ {2,}/g, " ").trim();
  const characters = [...clean];
  return characters.length <= LONGEST ? clean : `${characters.slice(0, LONGEST - 1).join("")}…`;
}

/** Google's error body, in either of its forms, or whatever text there was. */
export interface ServerWords {
  /** Cleaned. */
  readonly message: string;
  /** `rateLimitExceeded`, `failedPrecondition`, `SERVICE_DISABLED` … */
  readonly reasons: readonly string[];
  /** The parameter the server found fault with. */
  readonly location: string;
  /** OAuth's `error`: `invalid_grant`. */
  readonly oauthError: string;
}

/** Reads `{error: {message, errors: [{reason}], status, details: [{reason}]}}`, `{error, error_description}` or plain text. */
export function readServerWords(body: unknown, secrets: readonly string[] = []): ServerWords {
  const parsed = typeof body === "string" ? parse(body) : body;
  const outer = fields(parsed);
  if (typeof outer.error === "string") {
    const description = typeof outer.error_description === "string" ? outer.error_description : outer.error;
    return {
      message: cleanWords(description, secrets),
      reasons: [],
      location: "",
      oauthError: cleanWords(outer.error),
    };
  }
  const error = fields(outer.error);
  const errors = Array.isArray(error.errors) ? error.errors.map(fields) : [];
  const details = Array.isArray(error.details) ? error.details.map(fields) : [];
  const reasons = [...errors, ...details].map((entry) => entry.reason).concat(error.status)
    .filter((reason): reason is string => typeof reason === "string").map((reason) => reason.slice(0, 100));
  const message = [error.message, errors[0]?.message, typeof body === "string" ? plainText(body) : ""]
    .find((text): text is string => typeof text === "string" && text !== "") ?? "";
  const location = errors.map((entry) => entry.location).find((text): text is string => typeof text === "string") ?? "";
  return { message: cleanWords(message, secrets), reasons, location, oauthError: "" };
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An HTML error page says nothing in its tags. */
function plainText(text: string): string {
  return text.trimStart().startsWith("<")
    ? text.replace(/<(style|script)[\s\S]*?<\/\1>/gi, " ").replace(/<[^>]*>/g, " ")
    : text;
}
