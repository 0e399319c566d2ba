import { TaskerError } from "../../core/errors.ts";
import type { Manifest } from "../../core/manifest.ts";
import { send } from "../outgoing.ts";
import { checkUrl } from "./allowed_host.ts";
import { readBody } from "./read_body.ts";
import type { HttpRequest } from "./request.ts";
import type { RequestSecrets } from "./secrets.ts";

const MOST_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];
/** What a server may only be told by whoever meant it for that server. */
const PERSONAL = ["authorization", "cookie"];

export interface Exchanged {
  readonly url: URL;
  readonly response: Response;
  readonly body: Uint8Array;
}

/**
 * Makes the request and follows its redirects by hand, each checked like the first URL. On the way to another origin
 * Authorization, Cookie and every header and body with a secret in it are left behind.
 */
export async function exchange(params: {
  request: HttpRequest;
  manifest: Manifest;
  secrets: RequestSecrets;
  signal: AbortSignal;
  /** Given the URL of each request before it is sent. */
  onRequest: (url: URL) => void;
}): Promise<Exchanged> {
  const { request, manifest, secrets, signal, onRequest } = params;
  let url = checkUrl(request.url, manifest);
  let method = request.method;
  const headers = fillHeaders(request, secrets);
  let body = fillBody(request, secrets);
  for (let redirects = 0;; redirects++) {
    onRequest(url);
    const response = await send(url, {
      method,
      headers,
      redirect: "manual",
      signal,
      ...(body === undefined ? {} : { body }),
    });
    const location = REDIRECTS.includes(response.status) ? response.headers.get("location") : null;
    if (location === null || request.redirect === "manual") {
      return { url, response, body: await readBody(response, url.host) };
    }
    await response.body?.cancel();
    if (request.redirect === "error") {
      throw new TaskerError("HOST_REFUSED", `${url.host} redirects, which the call forbids`);
    }
    if (redirects === MOST_REDIRECTS) {
      throw new TaskerError("UNAVAILABLE", `${url.host} redirects more than ${MOST_REDIRECTS} times`);
    }
    const next = checkUrl(location, manifest, url);
    if (response.status === 303 ? method !== "HEAD" : response.status < 303 && method === "POST") {
      method = method === "HEAD" ? "HEAD" : "GET";
      body = undefined;
      for (const name of ["content-type", "content-encoding", "content-language"]) headers.delete(name);
    }
    if (next.origin !== url.origin) {
      for (const name of [...PERSONAL, ...secretHeaders(request)]) headers.delete(name);
      if (body !== undefined && hasSecretBody(request)) {
        throw new TaskerError("HOST_REFUSED", `${url.host} redirects a body with a secret in it to ${next.host}`, {
          hint: "if that host should have it, send it there directly",
        });
      }
    }
    url = next;
  }
}

function fillHeaders(request: HttpRequest, secrets: RequestSecrets): Headers {
  const headers = new Headers({ "user-agent": "tasker" });
  for (const [name, template] of request.headers) {
    const value = secrets.fill(template);
    try {
      headers.set(name, value);
    } catch {
      // Deno's own message repeats the value.
      throw new TaskerError("INVALID_INPUT", `the value of the header ${name} has characters that no header may have`, {
        hint: "line breaks and letters beyond latin1 cannot stand in a header",
      });
    }
  }
  return headers;
}

function fillBody({ body }: HttpRequest, secrets: RequestSecrets): string | Uint8Array<ArrayBuffer> | undefined {
  if (body === undefined) return undefined;
  if (body.type === "bytes") return body.bytes;
  return body.type === "text" ? secrets.fill(body.template) : JSON.stringify(secrets.fillJson(body.value));
}

function secretHeaders({ headers }: HttpRequest): string[] {
  return [...headers].filter(([, template]) => template.some((part) => typeof part !== "string")).map(([name]) => name);
}

function hasSecretBody({ body }: HttpRequest): boolean {
  if (body === undefined || body.type === "bytes") return false;
  if (body.type === "text") return body.template.some((part) => typeof part !== "string");
  return JSON.stringify(body.value).includes('"$secret"');
}
