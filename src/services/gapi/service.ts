import type { Clock } from "../../core/clock.ts";
import { serializeError, TaskerError } from "../../core/errors.ts";
import { isJsonObject } from "../../core/json.ts";
import type { PastCall } from "../../store/past_calls.ts";
import type { Intent, MethodTraits, Outcome, Service, ServiceCall } from "../contract.ts";
import { checkCredentials, clearTokens, quotaFacts, tokenInfo } from "./account_methods.ts";
import { type CallPlan, checkWrite, planCall, subjectOf } from "./call_plan.ts";
import { type Credentials, CredentialStore, type ReadSecret } from "./credentials.ts";
import { DiscoveryCache } from "./discovery.ts";
import { getMessage } from "./direct_get.ts";
import { discoveryUrl } from "./endpoints.ts";
import { classify } from "./errors.ts";
import { intentOf } from "./intent.ts";
import { getMany, messagesAhead, readManyParams } from "./get_many.ts";
import { invokeKnown } from "./google_clients.ts";
import { GoogleRequestFailed } from "./google_failure.ts";
import { findMethod, type KnownMethod, MANY_METHODS } from "./methods.ts";
import { outcomeOf } from "./outcomes.ts";
import { Pacer, type QuotaKey } from "./pacer.ts";
import { quotaCost, quotaLimits, type QuotaProfile } from "./quota_costs.ts";
import { RequestGate } from "./request_gate.ts";
import { type Operation, Requester } from "./requester.ts";
import { saveMany } from "./save_many.ts";
import { Slots } from "./slots.ts";
import { TokenCache } from "./tokens.ts";

export interface GapiOptions {
  readonly clock: Clock;
  /** Reads a keystore entry (plain text) of a namespace, undefined when there is none. */
  readonly secret: ReadSecret;
  /** The quota table the Google Cloud project lives under; `new` when absent. */
  readonly profile?: QuotaProfile;
  /** Calls that an earlier process made, in the order in which they were over: what they have spent counts. */
  readonly past?: readonly PastCall[];
  /** Told of the quota units of every request that leaves. */
  readonly spent?: ((units: number) => void) | undefined;
  readonly fetch?: typeof fetch;
  /** 0 ≤ x < 1, for jitter. */
  readonly random?: () => number;
}

/** Methods that ask nobody. */
const WITHIN: readonly string[] = ["getQuota", "getTokenInfo", "clearTokenCache"];
/** Calls of one user that hold a lane at a time. */
const CALLS_PER_USER = 5;

/**
 * The service `gapi`: Google's APIs as a service account with domain-wide delegation.
 *
 * Keystore entries of the call's namespace: `GAPI_KEY` (the service account's JSON key), `GAPI_ADMIN_EMAIL` (an address, or a JSON map of
 * domains to addresses), and for a local Workspace `GAPI_ROOT_URL` and `GAPI_DISCOVERY_URL`. Every method takes its parameters as its
 * first argument and `{namespace?, domain?, subject?}` as its second.
 *
 * Errors, with `details.reason`: CREDENTIALS (`key`, `clock`), FORBIDDEN (`delegation`, `user`, `apiDisabled`, `domainPolicy`, `forbidden`),
 * NO_MAILBOX, NOT_FOUND, INVALID_INPUT (`invalidPageToken`), UNAUTHORIZED, CONFLICT, TOO_LARGE, OUTCOME_UNKNOWN (a write without an
 * answer); retryable: UNAVAILABLE, TIMEOUT, CANCELLED. Quotas are waits, never errors.
 */
export function createGapiService(options: GapiOptions): Service {
  return new GapiService(options);
}

class GapiService implements Service {
  readonly name = "gapi";
  readonly local = false;
  readonly #clock: Clock;
  readonly #secret: ReadSecret;
  readonly #profile: QuotaProfile;
  readonly #credentials: CredentialStore;
  readonly #gate: RequestGate;
  readonly #tokens: TokenCache;
  readonly #discovery: DiscoveryCache;
  readonly #requester: Requester;
  readonly #pacer: Pacer;
  #past: readonly PastCall[];
  /** Large messages in memory. */
  readonly #large = new Slots(1);

  constructor(options: GapiOptions) {
    const { clock, secret } = options;
    this.#clock = clock;
    this.#secret = secret;
    this.#profile = options.profile ?? "new";
    this.#credentials = new CredentialStore(secret);
    this.#gate = new RequestGate({ clock, fetch: options.fetch });
    this.#tokens = new TokenCache({ clock, gate: this.#gate });
    this.#discovery = new DiscoveryCache(this.#gate);
    this.#pacer = new Pacer({ clock, random: options.random ?? Math.random, spent: options.spent });
    this.#requester = new Requester({ clock, gate: this.#gate, pacer: this.#pacer, tokens: this.#tokens });
    this.#past = options.past ?? [];
  }

  traits(call: Pick<ServiceCall, "method" | "args" | "manifest">): MethodTraits {
    const { method, params } = planCall(call);
    if (method.kind === "known") return { repeatable: method.verb === "GET" };
    // Only its document, which is not read yet, knows a verb; these names are reads everywhere, and checked when called.
    if (method.kind === "discovered") return { repeatable: /^(?:list|get)$/.test(method.segments.at(-1)!) };
    if (!MANY_METHODS.includes(method.path)) return { repeatable: true };
    const keepsBodies = method.path === "gmail.users.messages.getMany" && readManyParams(params).bodies !== undefined;
    if (keepsBodies && !call.manifest.services.includes("records")) {
      throw new TaskerError(
        "METHOD_REFUSED",
        "bodies are kept as records, and the task may not use the service records",
        {
          hint: 'add "records" to "services" in its manifest if it should',
        },
      );
    }
    return { repeatable: true, timeout: Infinity };
  }

  limit(call: Pick<ServiceCall, "method" | "args" | "manifest">): { key: string; concurrency: number } | undefined {
    const { method, namespace, params } = planCall(call);
    if (method.kind === "local" && !MANY_METHODS.includes(method.path)) return undefined;
    const whose = typeof params.userId === "string"
      ? params.userId.toLowerCase()
      : method.kind === "discovered"
      ? method.api
      : "directory";
    return { key: `gapi/${namespace}/${whose}`, concurrency: CALLS_PER_USER };
  }

  hosts(call: Pick<ServiceCall, "method" | "args" | "manifest">): readonly string[] {
    const { method, namespace } = planCall(call);
    if (method.kind === "local" && WITHIN.includes(method.path)) return [];
    const { tokenUrl, rootUrl } = this.#credentials.last(namespace);
    if (method.path === "checkCredentials") return [tokenUrl.host];
    // A discovered method's server is named by its document.
    if (method.kind === "discovered") return [tokenUrl.host];
    const api = method.kind === "known" && method.api !== "gmail" ? "admin" : "gmail";
    return [rootUrl === undefined ? `${api}.googleapis.com` : new URL(rootUrl).host, tokenUrl.host];
  }

  intent(call: Pick<ServiceCall, "method" | "args" | "manifest">): Intent {
    return intentOf(call);
  }

  units(call: Pick<ServiceCall, "method" | "args" | "manifest" | "progress">): number {
    const { method, params } = planCall(call);
    if (method.kind === "known") return quotaCost(method, this.#profile);
    if (method.kind === "discovered") return 1;
    if (!MANY_METHODS.includes(method.path)) return 0;
    const { folder: _folder, ...many } = params;
    return messagesAhead(many, call.progress) *
      quotaCost(findMethod("gmail.users.messages.get") as KnownMethod, this.#profile);
  }

  async call(call: ServiceCall): Promise<Outcome> {
    try {
      const plan = planCall(call);
      if (plan.method.path === "getQuota") return quotaFacts(plan, this.#profile);
      const credentials = plan.method.path === "clearTokenCache" || plan.method.path === "getTokenInfo"
        ? undefined
        : this.#credentials.get(plan.namespace);
      if (credentials === undefined) {
        return plan.method.path === "clearTokenCache"
          ? clearTokens(plan, this.#tokens)
          : tokenInfo(plan, this.#tokens, this.#clock.now());
      }
      return await this.#answer(call, plan, credentials);
    } catch (error) {
      return { type: "error", error: serializeError(error) };
    }
  }

  stop(): void {
    this.#gate.stop();
  }

  async #answer(call: ServiceCall, plan: CallPlan, credentials: Credentials): Promise<Outcome> {
    const { signal, frameId: ticket } = call;
    const requester = this.#requester;
    this.#recall();
    if (plan.method.path === "checkCredentials") {
      const operation = (of: { subject: string; scopes: readonly string[] }) =>
        this.#operation({ path: "checkCredentials", api: "token", verb: "GET", cost: 0, credentials, ...of });
      return await checkCredentials({ plan, credentials, requester, operation, signal });
    }
    if (MANY_METHODS.includes(plan.method.path)) {
      const get = findMethod("gmail.users.messages.get") as KnownMethod;
      const operation: Operation = {
        ...this.#known(get, credentials, subjectOf(plan, credentials)),
        invoke: (invocation) => getMessage(invocation, this.#gate),
      };
      if (plan.method.path === "gmail.users.messages.saveMany") {
        return await saveMany({ call, plan, operation, requester, gate: this.#gate, large: this.#large });
      }
      const many = readManyParams(plan.params);
      return await getMany({ many, operation, requester, ticket, signal, progress: call.progress });
    }
    const operation = await this.#resolve(call, plan, credentials);
    if ("type" in operation) return operation;
    const answer = await requester.ask(operation, { params: plan.params, signal, ticket, ahead: 0 });
    return outcomeOf(answer, operation, signal);
  }

  /** Once, before the first request: what the calls before this process have spent, and how long they wait. */
  #recall(): void {
    const past = this.#past;
    this.#past = [];
    const waits = new Map<string, { user: QuotaKey; until: number }>();
    for (const call of past) {
      const spent = this.#spentBy(call);
      if (spent === undefined) continue;
      this.#pacer.recall(spent.quotas, { cost: spent.cost, at: call.at });
      const [user] = spent.quotas;
      const until = Math.min(call.readyAt ?? Infinity, waits.get(user.key)?.until ?? Infinity);
      if (until < Infinity) waits.set(user.key, { user, until });
    }
    // Before the first of its calls that wait is due, a user has nothing to ask.
    for (const { user, until } of waits.values()) this.#pacer.park(user, until, "earlier calls wait");
  }

  /** The most units that a call may have spent, all of its requests together. */
  #spentBy({ manifest, method, args }: PastCall): Pick<Operation, "quotas" | "cost"> | undefined {
    try {
      const asked = isJsonObject(args[1]) && typeof args[1].namespace === "string" ? [args[1].namespace] : [];
      const plan = planCall({
        method,
        args,
        manifest: { ...manifest, namespaces: [...asked, ...manifest.namespaces] },
      });
      const isMany = plan.method.path === "gmail.users.messages.getMany";
      const known = isMany ? findMethod("gmail.users.messages.get") : plan.method;
      if (known.kind !== "known") return undefined;
      const credentials = this.#credentials.get(plan.namespace);
      const { quotas, cost } = this.#known(known, credentials, subjectOf(plan, credentials));
      return { quotas, cost: isMany ? cost * readManyParams(plan.params).ids.length : cost };
    } catch {
      // It was refused before anything was sent, or its credentials are no longer here.
      return undefined;
    }
  }

  async #resolve(call: ServiceCall, plan: CallPlan, credentials: Credentials): Promise<Operation | Outcome> {
    const { method } = plan;
    const subject = subjectOf(plan, credentials);
    if (method.kind === "known") return this.#known(method, credentials, subject);
    if (method.kind === "local") throw new Error(`${method.path} has no operation.`);

    const override = this.#secret(plan.namespace, "GAPI_DISCOVERY_URL");
    const url = discoveryUrl({ api: method.api, version: method.version, override });
    const base = this.#operation({
      path: method.path,
      api: method.api,
      verb: "GET",
      cost: 1,
      credentials,
      subject,
      scopes: [],
    });
    try {
      const described = await this.#discovery.describe(method, url);
      if (described.verb !== "GET") checkWrite([method.path], call.manifest);
      return {
        ...base,
        verb: described.verb,
        scopes: described.scopes,
        invoke: (invocation) => described.invoke(invocation),
      };
    } catch (error) {
      if (!(error instanceof GoogleRequestFailed)) throw error;
      const context = this.#requester.context({ ...base, path: `discovery of ${method.path}` });
      const api = { origin: url.origin, namedBy: "GAPI_DISCOVERY_URL" };
      const verdict = classify(error.failure, { ...context, servers: { ...context.servers, api } });
      if (verdict.kind === "throttled") {
        const until = verdict.until ?? this.#clock.now() + 60_000;
        return {
          type: "wait",
          until,
          waitingFor: `discovery of ${method.path}: until ${new Date(until).toISOString()}`,
        };
      }
      return { type: "error", error: verdict.error, ...(verdict.kind === "transient" ? { retry: {} } : {}) };
    }
  }

  #known(method: KnownMethod, credentials: Credentials, subject: string): Operation {
    const { path, api, verb, scopes } = method;
    const cost = quotaCost(method, this.#profile);
    return {
      ...this.#operation({ path, api, verb, cost, credentials, subject, scopes }),
      invoke: (invocation) => invokeKnown(method, invocation, this.#gate),
    };
  }

  #operation(params: Omit<Operation, "invoke" | "quotas">): Omit<Operation, "invoke"> {
    const { api, credentials, subject } = params;
    const limits = quotaLimits(api, this.#profile);
    const project: QuotaKey = {
      key: `${api}/${credentials.projectId}`,
      label: `project ${credentials.projectId}`,
      limit: limits.project,
      inTurn: false,
    };
    const user: QuotaKey = {
      key: `${project.key}/${subject.toLowerCase()}`,
      label: `user ${subject}`,
      limit: limits.user,
      inTurn: true,
    };
    return { ...params, quotas: [user, project] };
  }
}
