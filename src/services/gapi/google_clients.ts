import { TaskerError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import type { KnownMethod } from "./methods.ts";
import type { RequestGate } from "./request_gate.ts";

/** One request through one of Google's generated clients. */
export interface Invocation {
  readonly params: JsonObject;
  /** Whom the token is for. */
  readonly subject: string;
  readonly token: string;
  /** Origin of the API server when it is not Google's. */
  readonly rootUrl: string | undefined;
  readonly signal: AbortSignal;
}

type Call = (params: JsonObject, options?: Record<string, unknown>) => Promise<{ data: unknown }>;

/**
 * Options for a client that belongs to one subject's token. A new object each time: the clients write into it. Retries are the engine's,
 * and the universe is fixed because the environment could change it.
 */
export async function clientOptions(gate: RequestGate, { token, rootUrl }: Pick<Invocation, "token" | "rootUrl">) {
  const { OAuth2Client } = await import("google-auth-library");
  const auth = new OAuth2Client({ transporterOptions: { fetchImplementation: gate.fetch, retry: false } });
  auth.setCredentials({ access_token: token });
  return {
    auth,
    retry: false,
    fetchImplementation: gate.fetch,
    universeDomain: "googleapis.com",
    ...(rootUrl === undefined ? {} : { rootUrl }),
  };
}

/** Calls a method of the Gmail or Admin SDK client; resolves to the answer's data. Loads the client when it is first needed. */
export async function invokeKnown(method: KnownMethod, invocation: Invocation, gate: RequestGate): Promise<unknown> {
  const options = await clientOptions(gate, invocation);
  let client: object;
  if (method.api === "gmail") {
    const { gmail } = await import("@googleapis/gmail");
    client = gmail({ ...options, version: "v1" } as never);
  } else {
    const { admin } = await import("@googleapis/admin");
    client = admin({ ...options, version: method.api === "admin" ? "directory_v1" : "reports_v1" } as never);
  }
  const call = resolveCall(client, method.path.split(".").slice(1), method.path);
  const response = await call(invocation.params, { signal: invocation.signal, ...guard(method, invocation) });
  return response.data;
}

/** The method at the end of a path: resources are the client's own properties, the method its resource class's. */
export function resolveCall(client: object, segments: readonly string[], path: string): Call {
  const unknown = () => new TaskerError("METHOD_UNKNOWN", `The Google client has no method ${path}.`);
  let node = client;
  for (const segment of segments.slice(0, -1)) {
    const next: unknown = Object.hasOwn(node, segment) ? (node as Record<string, unknown>)[segment] : undefined;
    if (segment === "context" || typeof next !== "object" || next === null) throw unknown();
    node = next;
  }
  const name = segments.at(-1)!;
  const owner = Object.hasOwn(node, name) ? node : Object.getPrototypeOf(node);
  if (name === "constructor" || owner === Object.prototype || owner === null || !Object.hasOwn(owner, name)) {
    throw unknown();
  }
  const call: unknown = Reflect.get(owner, name);
  if (typeof call !== "function") throw unknown();
  return call.bind(node) as Call;
}

/**
 * Stands between the client and the network: whatever the packages do, only the method's own verb leaves, and a Gmail request only for
 * the mailbox the token is for.
 */
function guard(method: KnownMethod, { subject }: Invocation): Record<string, unknown> {
  return {
    adapter: (
      config: { url: URL; method?: string },
      send: (config: unknown) => Promise<unknown>,
    ) => {
      const url = new URL(config.url);
      const mailbox = decodeURIComponent(/^\/(?:upload\/)?gmail\/v1\/users\/([^/]+)/.exec(url.pathname)?.[1] ?? "");
      if ((config.method ?? "GET").toUpperCase() !== method.verb || (method.api === "gmail" && mailbox !== subject)) {
        throw new TaskerError("INTERNAL", `${method.path} for ${subject} was about to leave as something else.`);
      }
      return send(config);
    },
  };
}
