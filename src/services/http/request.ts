import { Buffer } from "node:buffer";
import { didYouMean } from "../../core/did_you_mean.ts";
import { TaskerError } from "../../core/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import { jsonType } from "../json_type.ts";
import { parseSecretReference, type SecretReference } from "../keystore/secret_reference.ts";

/** Text, the place of a secret, or pieces of both to be put together: `["Bearer ", { "$secret": "default/TOKEN" }]`. */
export type Template = readonly (string | SecretReference)[];

/** What `http.fetch` is asked for, checked; secrets still stand as references. */
export interface HttpRequest {
  readonly url: string;
  /** In capitals. */
  readonly method: string;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, Template>;
  readonly body: HttpBody | undefined;
  readonly redirect: "follow" | "manual" | "error";
  /** Of one attempt, ms. */
  readonly timeout: number | undefined;
}

export type HttpBody =
  | { readonly type: "text"; readonly template: Template }
  /** References anywhere inside stand for their values. */
  | { readonly type: "json"; readonly value: Json }
  | { readonly type: "bytes"; readonly bytes: Uint8Array<ArrayBuffer> };

const OPTIONS = ["method", "headers", "body", "bodyBase64", "json", "redirect", "timeout", "idempotencyKey"];
const METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];
const READING = ["GET", "HEAD", "OPTIONS"];
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Headers that say how a message travels, or to whom: they are the connection's. */
const OF_THE_CONNECTION =
  /^(host|connection|content-length|expect|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*)$/;
const LONGEST_TIMEOUT = 10 * 60_000;

/** The arguments of `fetch(url, options?)`; INVALID_INPUT for what is not understood: nothing is left out silently. */
export function readRequest(
  args: readonly Json[],
  call: { readonly frameId: string; readonly idempotencyKey?: string | undefined },
): HttpRequest {
  const [url, given] = args;
  if (typeof url !== "string") throw invalid(`http.fetch takes a URL as text, not ${jsonType(url)}`);
  const options = given ?? {};
  if (!isJsonObject(options)) throw invalid(`the options of http.fetch must be an object, not ${jsonType(given)}`);
  for (const key of Object.keys(options)) {
    if (!OPTIONS.includes(key)) {
      throw invalid(`http.fetch has no option "${key.slice(0, 60)}"`, didYouMean(key, OPTIONS));
    }
  }
  const method = readMethod(options.method);
  const headers = readHeaders(options.headers);
  const body = readBody(options);
  if (body !== undefined && (method === "GET" || method === "HEAD")) throw invalid(`a ${method} request has no body`);
  if (body?.type === "json" && !headers.has("content-type")) headers.set("content-type", ["application/json"]);
  const key = options.idempotencyKey ?? false;
  if (call.idempotencyKey !== undefined && !headers.has("idempotency-key")) {
    headers.set("idempotency-key", [call.idempotencyKey]);
  } else if (key === true) headers.set("idempotency-key", [call.frameId]);
  else if (key !== false) throw invalid("idempotencyKey must be true or false", "a key of your own goes into headers");
  return {
    url,
    method,
    headers,
    body,
    redirect: readRedirect(options.redirect),
    timeout: readTimeout(options.timeout),
  };
}

/** Whether the request may be made again when nobody knows whether it arrived. */
export function isRepeatable({ method, headers }: Pick<HttpRequest, "method" | "headers">): boolean {
  return isReading({ method }) || headers.has("idempotency-key");
}

/** Whether the request changes nothing where it arrives. */
export function isReading({ method }: Pick<HttpRequest, "method">): boolean {
  return READING.includes(method);
}

function readMethod(value: Json | undefined): string {
  const method = value === undefined || value === null ? "GET" : typeof value === "string" ? value.toUpperCase() : "";
  if (METHODS.includes(method)) return method;
  throw invalid(`http.fetch makes ${METHODS.join(", ")} requests`);
}

function readHeaders(value: Json | undefined): Map<string, Template> {
  const headers = new Map<string, Template>();
  const pairs = Array.isArray(value) ? value as readonly Json[] : isJsonObject(value) ? Object.entries(value) : [];
  if (value !== undefined && value !== null && typeof value !== "object") {
    throw invalid(`headers must be an object or a list of pairs, not ${jsonType(value)}`);
  }
  for (const pair of pairs) {
    const [name, content] = Array.isArray(pair) ? pair as readonly Json[] : [];
    if (typeof name !== "string" || !TOKEN.test(name) || !Array.isArray(pair) || pair.length !== 2) {
      throw invalid("a header is a name and a value", 'headers: { "accept": "text/plain" }');
    }
    const key = name.toLowerCase();
    if (OF_THE_CONNECTION.test(key)) throw invalid(`the header ${key} is not a task's to set`);
    const template = readTemplate(`the header ${key}`, typeof content === "number" ? String(content) : content);
    headers.set(key, [...(headers.has(key) ? [...headers.get(key)!, ", "] : []), ...template]);
  }
  return headers;
}

function readTemplate(what: string, value: Json | undefined): Template {
  const parts: readonly (Json | undefined)[] = Array.isArray(value) ? value : [value];
  return parts.map((part) => {
    if (typeof part === "string") {
      if (!part.includes("[object Object]")) return part;
      throw invalid(
        `${what} has "[object Object]" in it`,
        'a secret is put together as ["Bearer ", await keystore.getKey("NAME")]',
      );
    }
    const reference = parseSecretReference(part);
    if (reference !== undefined) return reference;
    throw invalid(
      `${what} must be text, not ${jsonType(part)}`,
      part === null
        ? "null is what keystore.getKey gives for a key that is not there"
        : "or a list of texts and secrets",
    );
  });
}

function readBody({ body = null, bodyBase64 = null, json }: JsonObject): HttpBody | undefined {
  if (Number(body !== null) + Number(bodyBase64 !== null) + Number(json !== undefined) > 1) {
    throw invalid("a request has one of body, bodyBase64 and json");
  }
  if (json !== undefined) return { type: "json", value: json };
  if (bodyBase64 !== null) {
    if (typeof bodyBase64 !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(bodyBase64)) {
      throw invalid("bodyBase64 is no base64");
    }
    return { type: "bytes", bytes: Uint8Array.from(Buffer.from(bodyBase64, "base64")) };
  }
  if (body === null) return undefined;
  if (isJsonObject(body) && !Object.hasOwn(body, "$secret")) {
    throw invalid("body must be text", "give an object as json: {…}, which is sent as JSON");
  }
  return { type: "text", template: readTemplate("the body", body) };
}

function readRedirect(value: Json | undefined): HttpRequest["redirect"] {
  const redirect = value ?? "follow";
  if (redirect === "follow" || redirect === "manual" || redirect === "error") return redirect;
  throw invalid('redirect must be "follow", "manual" or "error"');
}

function readTimeout(value: Json | undefined): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && value > 0 && value <= LONGEST_TIMEOUT) return value;
  throw invalid(`timeout must be a number of milliseconds up to ${LONGEST_TIMEOUT}`);
}

function invalid(message: string, hint?: string): TaskerError {
  return new TaskerError("INVALID_INPUT", message, hint === undefined ? {} : { hint });
}
