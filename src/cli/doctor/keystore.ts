import { TaskerError } from "../../core/errors.ts";
import { Keystore } from "../../services/keystore/keystore.ts";
import { failed, type Finding, ok } from "../../store/finding.ts";
import type { Store } from "../../store/store.ts";

/** Whether every entry opens with the key that there is. `env`: the value of TASKER_KEYSTORE_KEY. */
export function keystore(store: Store, env: string | undefined): Finding {
  const keys = new Keystore({ store, ...(env === undefined ? {} : { env }) });
  const entries = keys.namespaces().flatMap(({ namespace }) =>
    keys.list(namespace).map(({ name }) => [namespace, name])
  );
  if (entries.length === 0) return ok("keystore", "it is empty");
  try {
    for (const [namespace, name] of entries) keys.get(namespace!, name!);
  } catch (error) {
    if (!(error instanceof TaskerError)) throw error;
    return failed("keystore", error.message, error.hint ?? "set its values anew with `tasker keystore set`");
  }
  return ok("keystore", `the key opens its ${entries.length} entries`);
}
