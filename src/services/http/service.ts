import { Buffer } from "node:buffer";
import { serializeError, TaskerError } from "../../core/errors.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { Outcome, Service, ServiceCall } from "../contract.ts";
import type { ReadSecret } from "../keystore/secret_reference.ts";
import { checkMethod } from "../methods.ts";
import { checkUrl } from "./allowed_host.ts";
import { exchange, type Exchanged } from "./exchange.ts";
import { networkFailure } from "./failure.ts";
import { intentOf } from "./intent.ts";
import { LARGEST_BODY, tooLarge } from "./read_body.ts";
import { isRepeatable, readRequest } from "./request.ts";
import { RequestSecrets } from "./secrets.ts";

/** Of one attempt, ms, when the call does not say. */
const TIMEOUT = 30_000;

/**
 * `http.fetch(url, { method, headers, body | bodyBase64 | json, redirect, timeout, idempotencyKey })` to the hosts that the
 * manifest lists. `idempotencyKey: true` sends the call's id as `Idempotency-Key`, so that it may be repeated; the call
 * option `idempotencyKey` sends that key, unless the task has set the header itself.
 * A header, the body, and any place inside `json` may be a secret's reference; a header and the body also a list of texts and
 * references, which are put together.
 *
 * Answers `{ status, statusText, url, headers, body, bodyBase64? }`, whatever the status: `headers` by name in lower case,
 * without `set-cookie` (a session's secret; browsers hide it from `fetch` too); `body` the text, or "" beside `bodyBase64`
 * when the bytes are no UTF-8. At most 16 MiB. Secrets that the server repeats (as text, or as
 * JSON, a URL or base64 would write them) are shown as `***`.
 */
export function createHttpService({ readSecret }: { readSecret: ReadSecret }): Service {
  return {
    name: "http",
    local: false,
    takesIdempotencyKey: true,
    traits({ method, args, manifest, idempotencyKey }) {
      checkMethod("http", ["fetch"], method);
      const request = readRequest(args, { frameId: "", idempotencyKey });
      checkUrl(request.url, manifest);
      return { repeatable: isRepeatable(request), timeout: request.timeout ?? TIMEOUT };
    },
    hosts({ args: [url] }) {
      const host = typeof url === "string" ? URL.parse(url)?.host : undefined;
      return host === undefined ? [] : [host];
    },
    intent: intentOf,
    call: (call) => fetchOnce(call, readSecret),
  };
}

async function fetchOnce(call: ServiceCall, readSecret: ReadSecret): Promise<Outcome> {
  checkMethod("http", ["fetch"], call.method);
  const { manifest, signal } = call;
  const request = readRequest(call.args, call);
  const { host, pathname } = checkUrl(request.url, manifest);
  const secrets = new RequestSecrets({ manifest, readSecret });
  const redact = (text: string) => secrets.redactText(text);
  let requests = 0;
  try {
    const exchanged = await exchange({ request, manifest, secrets, signal, onRequest: () => requests++ });
    return { type: "result", value: toResult(exchanged, secrets) };
  } catch (error) {
    // An abort's reason may be a TaskerError too: it is the attempt's end, not the call's.
    const { aborted } = signal;
    if (error instanceof TaskerError && !aborted) return { type: "error", error: withoutSecrets(error, redact) };
    const target = redact(`${request.method} ${host}${pathname.slice(0, 200)}`);
    return networkFailure({ error, target, requests, repeatable: isRepeatable(request), aborted, redact });
  }
}

function toResult({ url, response, body }: Exchanged, secrets: RequestSecrets): Json {
  const headers: Record<string, string> = {};
  for (const [name, value] of response.headers) {
    if (name !== "set-cookie" && name !== "__proto__") headers[name] = secrets.redactText(value);
  }
  const value: JsonObject = {
    status: response.status,
    statusText: secrets.redactText(response.statusText),
    url: secrets.redactText(url.href),
    headers,
    ...bodyFields(secrets.redactBytes(body)),
  };
  // JSON may write one byte as six: only what could be over the limit is measured.
  if (body.length > LARGEST_BODY / 6 && JSON.stringify(value).length > LARGEST_BODY) throw tooLarge(url.host);
  return value;
}

function bodyFields(bytes: Uint8Array): { body: string; bodyBase64?: string } {
  try {
    return { body: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { body: "", bodyBase64: Buffer.from(bytes).toString("base64") };
  }
}

function withoutSecrets(error: TaskerError, redact: (text: string) => string) {
  const { hint, ...rest } = serializeError(error);
  return { ...rest, message: redact(error.message), ...(hint === undefined ? {} : { hint: redact(hint) }) };
}
