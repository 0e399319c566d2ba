import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import type { Intent, ServiceCall } from "../contract.ts";
import { checkMethod } from "../methods.ts";
import { checkUrl } from "./allowed_host.ts";
import { isReading, readRequest, type Template } from "./request.ts";

/**
 * What a policy is asked about: `url` and `host` as they will be reached, `method` in capitals, `headers` by name in lower
 * case, and the `body`, `bodyBase64` or `json` of the call. Secrets in them are empty.
 */
export function intentOf({ method, args, manifest }: Pick<ServiceCall, "method" | "args" | "manifest">): Intent {
  checkMethod("http", ["fetch"], method);
  const request = readRequest(args, { frameId: "" });
  return {
    method,
    writes: !isReading(request),
    get facts(): JsonObject {
      const { href, host } = checkUrl(request.url, manifest);
      const { body = null, bodyBase64 = null, json = null } = isJsonObject(args[1]) ? args[1] : {};
      const headers = Object.fromEntries([...request.headers].map(([name, template]) => [name, textOf(template)]));
      const sent: Record<string, Json> = { body, bodyBase64, json };
      return { url: href, host, method: request.method, headers, ...sent };
    },
  };
}

function textOf(template: Template): string {
  return template.map((part) => typeof part === "string" ? part : "").join("");
}
