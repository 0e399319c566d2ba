import { TaskerError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import type { Manifest } from "../../core/manifest.ts";
import type { Outcome, Service, ServiceCall } from "../contract.ts";
import { checkMethod } from "../methods.ts";
import type { Keystore } from "./keystore.ts";
import { checkName, entryName } from "./names.ts";
import { checkNamespace, parseSecretReference, resolveSecret, secretReference } from "./secret_reference.ts";

const METHODS = ["getKey", "setKey", "hasKey", "listKeys", "listNamespaces"];

type Target = Pick<ServiceCall, "method" | "args" | "manifest">;

/**
 * The keystore as task code sees it, within the namespaces that its manifest declares (others: NAMESPACE_REFUSED).
 * - `getKey(name)`, `getKey(namespace, name)`: `{ "$secret": "namespace/name" }`, which services resolve on the host; null
 *   when there is no such entry. With `revealSecrets` in the manifest it is the plain text, for which the result is
 *   `{ "$sealed": … }`: so it stands in the journal, and whoever hands it to the realm opens it (`openFromJournal`).
 * - `setKey(name, reference)`, `setKey(namespace, name, reference)`: true. Copies an entry. Plain text is refused even with
 *   `revealSecrets`: arguments are journaled as they are, so it would stay there unencrypted.
 * - `hasKey(name)`, `hasKey(namespace, name)`: a boolean. `listKeys(namespace?)`: names. `listNamespaces()`: the declared
 *   namespaces that hold an entry.
 * With no namespace given the first declared one is meant.
 */
export function createKeystoreService({ keystore }: { keystore: Keystore }): Service {
  const answers: Record<string, (call: Target) => Outcome> = {
    getKey(call) {
      const { namespace, name } = entryOf(call, 0);
      if (!call.manifest.revealSecrets) {
        return result(keystore.has(namespace, name) ? secretReference({ namespace, name }) : null);
      }
      const text = keystore.get(namespace, name);
      return result(text === undefined ? null : keystore.sealForJournal(text));
    },
    setKey(call) {
      const { namespace, name } = entryOf(call, 1);
      const reference = parseSecretReference(call.args.at(-1));
      if (reference === undefined) throw plainTextRefused(namespace, name);
      return {
        type: "effect",
        apply() {
          const readSecret = keystore.get.bind(keystore);
          keystore.set(namespace, name, resolveSecret(reference, { manifest: call.manifest, readSecret }));
          return true;
        },
      };
    },
    hasKey(call) {
      const { namespace, name } = entryOf(call, 0);
      return result(keystore.has(namespace, name));
    },
    listKeys({ manifest, args }) {
      const namespace = declared(manifest, args[0] ?? undefined);
      return result(keystore.list(namespace).map(({ name }) => name));
    },
    listNamespaces({ manifest }) {
      const names = keystore.namespaces().map(({ namespace }) => namespace);
      return result(names.filter((name) => manifest.namespaces.includes(name)));
    },
  };
  return {
    name: "keystore",
    local: true,
    traits({ method }) {
      checkMethod("keystore", METHODS, method);
      return { repeatable: true };
    },
    call(call): Outcome {
      checkMethod("keystore", METHODS, call.method);
      return answers[call.method]!(call);
    },
  };
}

function result(value: Json): Outcome {
  return { type: "result", value };
}

/** Namespace and name out of the arguments, of which the last `values` are something else. */
function entryOf({ args, manifest, method }: Target, values: number): { namespace: string; name: string } {
  const names = args.slice(0, args.length - values);
  if (names.length < 1 || names.length > 2) {
    const value = values === 0 ? "" : ", value";
    throw new TaskerError("INVALID_INPUT", `keystore.${method} was given ${args.length} arguments`, {
      hint: `write keystore.${method}(name${value}) or keystore.${method}(namespace, name${value})`,
    });
  }
  const namespace = declared(manifest, names.length === 2 ? names[0] : undefined);
  const name = names.at(-1);
  entryName(namespace, name);
  return { namespace, name: name as string };
}

function declared(manifest: Manifest, namespace: Json | undefined): string {
  const chosen = namespace ?? manifest.namespaces[0];
  if (chosen === undefined) {
    throw new TaskerError("NAMESPACE_REFUSED", "the task may not use the keystore: it declares no namespace", {
      hint: 'add "namespaces": ["default"] to its manifest if it should',
    });
  }
  checkName("namespace", chosen);
  checkNamespace(manifest, chosen);
  return chosen;
}

function plainTextRefused(namespace: string, name: string): TaskerError {
  return new TaskerError("METHOD_REFUSED", "keystore.setKey takes a reference, not plain text", {
    hint: "a call's arguments are recorded, and a secret must not be: " +
      `set it with \`tasker keystore set ${name} --namespace ${namespace}\`, or copy what keystore.getKey gave`,
  });
}
