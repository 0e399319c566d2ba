/** What the tests of this folder stand on: a key, a server on loopback that answers as a test says, and calls as the engine makes them. */
import { generateKeyPairSync } from "node:crypto";
import { systemClock, type VirtualClock } from "../../core/clock.ts";
import type { Json } from "../../core/json.ts";
import { LEGACY_MANIFEST, type Manifest } from "../../core/manifest.ts";
import type { Outcome, Service, ServiceCall } from "../contract.ts";
import { createGapiService, type GapiOptions } from "./service.ts";

/** A real RSA key, made once per process. */
export const PRIVATE_KEY: string = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
}).privateKey;

export const TOKEN = "ya29.rig-access-token-0123456789";

/** What a test makes of a request; undefined is answered 404. */
export type Handler = (request: Request, url: URL) => Response | undefined | Promise<Response | undefined>;

/** A server on loopback in Google's place. */
export class Rig implements AsyncDisposable {
  readonly origin: string;
  readonly requests: { method: string; path: string; query: URLSearchParams; authorization: string; body: string }[] =
    [];
  /** Claims of every assertion that was sent. */
  readonly assertions: Record<string, unknown>[] = [];
  /** What the token endpoint answers. */
  token: Handler = () => Response.json({ access_token: TOKEN, token_type: "Bearer", expires_in: 3600 });
  api: Handler;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #services: Service[] = [];

  constructor(api: Handler) {
    this.api = api;
    this.#server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      (request) => this.#serve(request),
    );
    this.origin = `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** Keystore entries that lead here. */
  entries(): Record<string, string> {
    return {
      GAPI_KEY: JSON.stringify({
        type: "service_account",
        project_id: "rig-project",
        private_key_id: "k1",
        private_key: PRIVATE_KEY,
        client_email: "searcher@rig-project.iam.gserviceaccount.com",
        client_id: "112233445566778899001",
        token_uri: `${this.origin}/token`,
      }),
      GAPI_ADMIN_EMAIL: '{"example.com":"admin@example.com","other.example":"root@other.example"}',
      GAPI_ROOT_URL: this.origin,
    };
  }

  /** A service whose keystore leads here. */
  service(options: Partial<GapiOptions> = {}, entries: Record<string, string> = this.entries()): Service {
    const service = createGapiService({
      clock: systemClock,
      secret: (_namespace, name) => Object.hasOwn(entries, name) ? entries[name] : undefined,
      random: () => 0,
      ...options,
    });
    this.#services.push(service);
    return service;
  }

  /** API requests that came for a path. */
  count(path: string | RegExp): number {
    return this.requests.filter((request) => typeof path === "string" ? request.path === path : path.test(request.path))
      .length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const service of this.#services) await service.stop?.();
    await this.#server.shutdown();
  }

  async #serve(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const body = await request.text();
    const authorization = request.headers.get("authorization") ?? "";
    this.requests.push({ method: request.method, path: url.pathname, query: url.searchParams, authorization, body });
    if (url.pathname === "/token") {
      const claims = new URLSearchParams(body).get("assertion")!.split(".")[1]!;
      this.assertions.push(JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/"))));
      return await this.token(request, url) ?? new Response(null, { status: 404 });
    }
    return await this.api(request, url) ?? googleError(404, "notFound", "Requested entity was not found.");
  }
}

/** An error body as Google's API servers write them. */
export function googleError(status: number, reason: string, message: string, headers: HeadersInit = {}): Response {
  const error = { code: status, message, errors: [{ message, domain: "global", reason }], status: "X" };
  return Response.json({ error }, { status, headers });
}

/** An error body as the token endpoint writes them. */
export function oauthError(
  status: number,
  error: string,
  error_description: string,
  headers: HeadersInit = {},
): Response {
  return Response.json({ error, error_description }, { status, headers });
}

let frames = 0;

/** Makes one call as the engine would. */
export async function callService(
  service: Service,
  method: string,
  args: readonly Json[] = [],
  options: Partial<Pick<ServiceCall, "signal" | "progress" | "frameId">> & { manifest?: Partial<Manifest> } = {},
): Promise<Outcome> {
  return await service.call({
    taskRunId: "run-1",
    frameId: options.frameId ?? `frame-${++frames}`,
    taskName: "test",
    manifest: { ...LEGACY_MANIFEST, ...options.manifest },
    method,
    args,
    attempt: 1,
    issuedAt: 0,
    progress: options.progress,
    signal: options.signal ?? new AbortController().signal,
  });
}

/** The error of an outcome; fails when it is none. */
export function errorOf(outcome: Outcome): Extract<Outcome, { type: "error" }>["error"] {
  if (outcome.type === "error") return outcome.error;
  throw new Error(`Expected an error, got ${JSON.stringify(outcome)}`);
}

/** The value of an outcome; fails when it is none. */
export function valueOf(outcome: Outcome): Json {
  if (outcome.type === "result") return outcome.value;
  throw new Error(`Expected a result, got ${JSON.stringify(outcome)}`);
}

/** Moves a virtual clock on for whoever waits for at most 5 s of it (requests time out after 30 s), until the work is done. */
export async function runOn<T>(clock: VirtualClock, work: Promise<T>): Promise<T> {
  let done = false;
  const settled = work.finally(() => done = true);
  settled.catch(() => {});
  while (!done) {
    // Lets the network go on.
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
    const pause = (clock.nextWake() ?? Infinity) - clock.now();
    if (pause <= 5_000) clock.advance(pause);
  }
  return await settled;
}
