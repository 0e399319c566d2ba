import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import type { Intent, ServiceCall } from "../contract.ts";
import { findMethod, type Method } from "./methods.ts";

/** What a policy is asked about: the method by its short name, and its parameters and options by theirs. Throws METHOD_UNKNOWN. */
export function intentOf(call: Pick<ServiceCall, "method" | "args" | "manifest">): Intent {
  const method = findMethod(call.method);
  return {
    method: method.path,
    writes: writes(method, call.manifest.writes),
    get facts() {
      return factsOf(call.args);
    },
  };
}

/** Of a discovered method only its document knows; but what the manifest does not list is refused if it writes. */
function writes(method: Method, listed: readonly string[]): boolean {
  if (method.kind === "known") return method.verb !== "GET";
  return method.kind === "discovered" && listed.includes(method.path);
}

function factsOf([params, options]: readonly Json[]): JsonObject {
  const facts: Record<string, Json> = { ...(isJsonObject(options) ? options : {}) };
  for (const [name, value] of Object.entries(isJsonObject(params) ? params : {})) {
    // Said twice, a rule sees both.
    facts[name] = Object.hasOwn(facts, name) ? [facts[name]!, value] : value;
  }
  return facts;
}
