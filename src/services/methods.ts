import { didYouMean } from "../core/did_you_mean.ts";
import { TaskerError } from "../core/errors.ts";

/** Throws METHOD_UNKNOWN, saying what was meant, unless the service has the method. */
export function checkMethod(service: string, methods: readonly string[], method: string): void {
  if (methods.includes(method)) return;
  throw new TaskerError("METHOD_UNKNOWN", `${service} has no method ${JSON.stringify(method.slice(0, 100))}`, {
    hint: didYouMean(method, methods),
    details: { methods: [...methods] },
  });
}
