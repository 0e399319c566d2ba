import { TaskerError } from "../../core/errors.ts";

/** Where Google's library sends assertions, and the audience it signs into them, whatever the key file says. */
export const GOOGLE_TOKEN_URL = "https://oauth2.googleapis.com/token";

/** Whether a URL stays on this machine. */
export function isLoopback(url: URL): boolean {
  if (url.protocol !== "http:" && url.protocol !== "https:") return false;
  const host = url.hostname;
  return host === "localhost" || host === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

/** Whether a URL is one of Google's API servers. */
export function isGoogleApi(url: URL): boolean {
  return url.protocol === "https:" && url.port === "" && (url.hostname === "googleapis.com" ||
    url.hostname.endsWith(".googleapis.com"));
}

/** The token endpoint to use for a key file's `token_uri`; throws unless it is Google's own or on this machine. */
export function tokenEndpoint(tokenUri: string | undefined): URL {
  const url = tokenUri === undefined ? undefined : parseUrl(tokenUri);
  // Key files of different years name different addresses of the one endpoint.
  const googles = url !== undefined && (isGoogleApi(url) || url.origin === "https://accounts.google.com");
  if (tokenUri === undefined || googles) return new URL(GOOGLE_TOKEN_URL);
  return loopbackUrl(tokenUri, "token_uri of GAPI_KEY");
}

/** The origin API calls go to instead of Google's, as the keystore entry GAPI_ROOT_URL says; undefined for Google's own. */
export function apiRoot(rootUrl: string | undefined): string | undefined {
  const text = rootUrl?.trim();
  if (text === undefined || text === "") return undefined;
  const url = parseUrl(text);
  if (url !== undefined && isGoogleApi(url)) return undefined;
  return `${loopbackUrl(text, "GAPI_ROOT_URL").origin}/`;
}

/** Where the discovery document of an API is read; `override` is the keystore entry GAPI_DISCOVERY_URL. */
export function discoveryUrl(params: { api: string; version: string; override: string | undefined }): URL {
  const text = params.override?.trim();
  if (text === undefined || text === "") {
    return new URL(`https://www.googleapis.com/discovery/v1/apis/${params.api}/${params.version}/rest`);
  }
  const filled = text.replaceAll("{api}", params.api).replaceAll("{version}", params.version);
  const url = parseUrl(filled);
  return url !== undefined && isGoogleApi(url) ? url : loopbackUrl(filled, "GAPI_DISCOVERY_URL");
}

function loopbackUrl(text: string, what: string): URL {
  const url = parseUrl(text);
  if (url !== undefined && isLoopback(url) && url.username === "" && url.password === "") return url;
  throw new TaskerError("CREDENTIALS", `The ${what} names a server that is neither Google's nor on this machine.`, {
    hint: "Credentials and mail go to Google's own hosts (https://….googleapis.com) or to a loopback address " +
      "(http://127.0.0.1:PORT) only. Correct the entry, or delete it to use Google.",
  });
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
