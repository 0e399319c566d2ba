import { TaskerError } from "../../core/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import type { Manifest } from "../../core/manifest.ts";
import { ADDRESS, adminFor, type Credentials, domainOf } from "./credentials.ts";
import { findMethod, MANY_METHODS, type Method } from "./methods.ts";

/** A call that may be made, as far as its own words and its task's manifest go. */
export interface CallPlan {
  readonly method: Method;
  readonly namespace: string;
  readonly params: JsonObject;
  readonly options: CallOptions;
}

/** The second argument of every method. */
export interface CallOptions {
  /** Keystore namespace whose service account is used; the manifest's first when absent. */
  readonly namespace?: string;
  /** Directory calls without a domain of their own: the domain whose administrator asks. */
  readonly domain?: string;
  /** Discovered APIs: the user to act as; an administrator when absent. */
  readonly subject?: string;
}

const OPTION_NAMES = ["namespace", "domain", "subject"] as const;

/** Parameters that would change who asks, or what Google's client does, instead of what is asked. */
const REFUSED_PARAMS = new Set([
  "auth",
  "headers",
  "key",
  "access_token",
  "oauth_token",
  "callback",
  "media",
  "__proto__",
  "constructor",
  "prototype",
]);

/** Checks a call against the catalogue of methods and the manifest; throws METHOD_…, NAMESPACE_REFUSED or INVALID_INPUT. */
export function planCall(call: { method: string; args: readonly Json[]; manifest: Manifest }): CallPlan {
  const method = findMethod(call.method);
  const params = argument(call.args[0], `The first argument of ${call.method}`);
  const options = readOptions(call.args[1], call.method);
  for (const name of Object.keys(params)) {
    if (REFUSED_PARAMS.has(name) || REFUSED_PARAMS.has(name.replace(/_+$/, ""))) {
      throw new TaskerError("INVALID_INPUT", `${call.method} takes no parameter ${JSON.stringify(name.slice(0, 40))}.`);
    }
  }
  const asked = options.namespace ?? (method.kind === "local" ? text(params.namespace) : undefined);
  const namespace = allowedNamespace(asked, call.manifest);
  if (method.kind === "known" && method.verb !== "GET") checkWrite([method.path, call.method], call.manifest);
  const ofMailbox = (method.kind === "known" && method.api === "gmail") ||
    MANY_METHODS.includes(method.path);
  if (ofMailbox) checkMailbox(params, options, call.method);
  return { method, namespace, params, options };
}

/** Throws METHOD_REFUSED unless the manifest lists a method that writes. */
export function checkWrite(names: readonly string[], manifest: Manifest): void {
  if (names.some((name) => manifest.writes.includes(name))) return;
  throw new TaskerError("METHOD_REFUSED", `${names[0]} writes, and the task's manifest does not allow it.`, {
    hint: `Add "${names[0]}" to the manifest's writes and publish the task again.`,
  });
}

/** Whom a call is made as: Gmail as its mailbox's user, the Directory as the domain's administrator. */
export function subjectOf(plan: CallPlan, credentials: Credentials): string {
  const { method, params, options } = plan;
  if (method.kind === "local" || (method.kind === "known" && method.api === "gmail")) return String(params.userId);
  if (method.kind === "discovered" && options.subject !== undefined) return options.subject;
  const key = [params.userKey, params.groupKey, params.memberKey].map(text)
    .find((address) => address !== undefined && ADDRESS.test(address));
  const domain = options.domain ?? text(params.domain) ?? text(params.domainName) ??
    (key === undefined ? undefined : domainOf(key));
  return adminFor(credentials, domain);
}

function allowedNamespace(asked: string | undefined, manifest: Manifest): string {
  const namespace = asked ?? manifest.namespaces[0];
  if (namespace !== undefined && manifest.namespaces.includes(namespace)) return namespace;
  const message = namespace === undefined
    ? "The task's manifest names no keystore namespace."
    : `The task's manifest does not name the keystore namespace ${JSON.stringify(namespace.slice(0, 80))}.`;
  throw new TaskerError("NAMESPACE_REFUSED", message, {
    hint: "Add it to the manifest's namespaces and publish again.",
  });
}

function checkMailbox(params: JsonObject, options: CallOptions, method: string): void {
  const { userId } = params;
  if (userId === "me") {
    throw new TaskerError("INVALID_INPUT", `${method}: userId "me" is nobody: calls are made by a service account.`, {
      hint: "Give the mailbox's address as userId.",
    });
  }
  if (typeof userId !== "string" || !ADDRESS.test(userId)) {
    throw new TaskerError("INVALID_INPUT", `${method} needs the address of a mailbox as userId.`, {
      hint: 'For example {"userId": "ann@example.com"}.',
    });
  }
  if (options.subject !== undefined && options.subject !== userId) {
    throw new TaskerError("INVALID_INPUT", `${method}: a mailbox is read as its own user only.`, {
      hint: "Leave the option subject out.",
    });
  }
}

function readOptions(value: Json | undefined, method: string): CallOptions {
  const options = argument(value, `The second argument of ${method}`);
  for (const [name, option] of Object.entries(options)) {
    if (!OPTION_NAMES.some((known) => known === name) || typeof option !== "string") {
      throw new TaskerError("INVALID_INPUT", `The second argument of ${method} has no option ${name.slice(0, 40)}.`, {
        hint: `Its options are texts named ${OPTION_NAMES.join(", ")}.`,
      });
    }
  }
  const { subject } = options;
  if (typeof subject === "string" && !ADDRESS.test(subject)) {
    throw new TaskerError("INVALID_INPUT", `${method}: the option subject is no address.`);
  }
  return options as CallOptions;
}

function argument(value: Json | undefined, what: string): JsonObject {
  if (value === undefined || value === null) return {};
  if (isJsonObject(value)) return value;
  throw new TaskerError("INVALID_INPUT", `${what} is no object.`, { hint: "Give the method's parameters by name." });
}

function text(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
