import { TaskerError } from "../../core/errors.ts";
import { isJsonObject, type JsonObject } from "../../core/json.ts";
import { isGoogleApi, isLoopback } from "./endpoints.ts";
import { clientOptions, type Invocation, resolveCall } from "./google_clients.ts";
import { GoogleRequestFailed } from "./google_failure.ts";
import { type DiscoveredMethod, nearestName } from "./methods.ts";
import type { RequestGate } from "./request_gate.ts";

/** A method as its discovery document describes it. */
export interface DescribedMethod {
  readonly verb: string;
  /** The narrowest scope that serves it. */
  readonly scopes: readonly string[];
  /** Makes the request; resolves to the answer's data. */
  invoke(invocation: Invocation): Promise<unknown>;
}

/** Discovery documents by URL, read once. */
export class DiscoveryCache {
  readonly #gate: RequestGate;
  readonly #documents = new Map<string, Promise<JsonObject>>();

  constructor(gate: RequestGate) {
    this.#gate = gate;
  }

  async describe(method: DiscoveredMethod, url: URL): Promise<DescribedMethod> {
    const document = await this.#document(url);
    checkServer(document, method);
    const description = findDescription(document, method);
    const verb = typeof description.httpMethod === "string" ? description.httpMethod.toUpperCase() : "GET";
    return {
      verb,
      scopes: narrowestScope(description.scopes, verb),
      invoke: (invocation) => this.#invoke(document, method, verb, invocation),
    };
  }

  #document(url: URL): Promise<JsonObject> {
    const known = this.#documents.get(url.href);
    if (known !== undefined) return known;
    const reading = this.#read(url);
    this.#documents.set(url.href, reading);
    reading.catch(() => this.#documents.delete(url.href));
    return reading;
  }

  async #read(url: URL): Promise<JsonObject> {
    let response: Response;
    try {
      response = await this.#gate.fetch(url);
    } catch (cause) {
      throw GoogleRequestFailed.unanswered("api", cause);
    }
    const text = await response.text();
    if (!response.ok) {
      const { status, headers } = response;
      throw new GoogleRequestFailed({ from: "api", status, body: text, headers, cause: undefined });
    }
    const document = parseDocument(text);
    if (document !== undefined) return document;
    throw new TaskerError("UNAVAILABLE", `There is no discovery document at ${url.origin}${url.pathname}.`);
  }

  async #invoke(
    document: JsonObject,
    method: DiscoveredMethod,
    verb: string,
    invocation: Invocation,
  ): Promise<unknown> {
    const { Discovery } = await import("googleapis-common");
    const options = await clientOptions(this.#gate, invocation);
    // makeEndpoint is what discoverAPI calls once it has read a document; it is private in the types only.
    const makeEndpoint = Reflect.get(Discovery.prototype, "makeEndpoint") as (
      schema: JsonObject,
    ) => (options: unknown) => object;
    const endpoint = makeEndpoint.call(new Discovery({}), document)({
      ...options,
      // An endpoint takes a second argument for a callback, so options per call go here.
      signal: invocation.signal,
      adapter: (config: { method?: string }, send: (config: unknown) => Promise<unknown>) => {
        if ((config.method ?? "GET").toUpperCase() !== verb) {
          throw new TaskerError("INTERNAL", `${method.path} was about to leave as something else than ${verb}.`);
        }
        return send(config);
      },
    });
    const call = resolveCall(endpoint, method.segments, method.path);
    return (await call(invocation.params)).data;
  }
}

function parseDocument(text: string): JsonObject | undefined {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isJsonObject(document) && (isJsonObject(document.resources) || isJsonObject(document.methods))
    ? document
    : undefined;
}

/** A document may send requests, and with them a token, to Google's servers or to this machine only. */
function checkServer(document: JsonObject, method: DiscoveredMethod): void {
  const root = typeof document.rootUrl === "string" && URL.canParse(document.rootUrl)
    ? new URL(document.rootUrl)
    : undefined;
  if (root !== undefined && (isGoogleApi(root) || isLoopback(root))) return;
  throw new TaskerError(
    "METHOD_REFUSED",
    `The discovery document of ${method.api}.${method.version} names a foreign server.`,
  );
}

function findDescription(document: JsonObject, method: DiscoveredMethod): JsonObject {
  let node: JsonObject = document;
  for (const segment of method.segments.slice(0, -1)) node = member(member(node, "resources"), segment);
  const description = member(member(node, "methods"), method.segments.at(-1)!);
  if (Object.keys(description).length > 0) return description;
  const nearest = nearestName(method.path, describedPaths(document, `${method.api}.${method.version}`));
  throw new TaskerError(
    "METHOD_UNKNOWN",
    `${method.api} ${method.version} has no method ${method.segments.join(".")}.`,
    {
      hint: nearest === undefined ? "Look at the API's reference." : `Did you mean ${nearest}?`,
    },
  );
}

function describedPaths(node: JsonObject, path: string): string[] {
  const methods = Object.keys(member(node, "methods")).map((name) => `${path}.${name}`);
  const nested = Object.entries(member(node, "resources")).flatMap(([name, resource]) =>
    isJsonObject(resource) ? describedPaths(resource, `${path}.${name}`) : []
  );
  return [...methods, ...nested];
}

/** An own property that is an object; empty when it is not. */
function member(node: JsonObject, name: string): JsonObject {
  const value = Object.hasOwn(node, name) ? node[name] : undefined;
  return isJsonObject(value) ? value : {};
}

/** Any one of a method's scopes serves it: for reads a read-only one; among several the shortest, which shows or reaches all that the method does. */
export function narrowestScope(scopes: unknown, verb: string): string[] {
  const all = (Array.isArray(scopes) ? scopes : []).filter((scope): scope is string => typeof scope === "string");
  const special = all.filter((scope) => !scope.endsWith("/cloud-platform"));
  const candidates = special.length > 0 ? special : all;
  const readOnly = verb === "GET" ? candidates.filter((scope) => scope.endsWith(".readonly")) : [];
  const serving = readOnly.length > 0 ? readOnly : candidates;
  if (serving.length === 0) return [];
  return [serving.reduce((best, scope) => scope.length < best.length ? scope : best)];
}
