import { TaskerError } from "../../core/errors.ts";
import { isJsonObject, type Json } from "../../core/json.ts";
import type { Manifest } from "../../core/manifest.ts";
import { isKeystoreName } from "./names.ts";

/** How task code holds a secret: by its name. Services put the value in its place on the host, right before the call. */
export interface SecretReference {
  readonly namespace: string;
  readonly name: string;
}

/** Reads a keystore entry; undefined when there is none. */
export type ReadSecret = (namespace: string, name: string) => string | undefined;

export function secretReference({ namespace, name }: SecretReference): Json {
  return { $secret: `${namespace}/${name}` };
}

/** The reference that a value is; undefined when it is something else. A `$secret` that names no entry is refused. */
export function parseSecretReference(value: Json | undefined): SecretReference | undefined {
  if (!isJsonObject(value) || !Object.hasOwn(value, "$secret")) return undefined;
  const parts = typeof value.$secret === "string" ? value.$secret.split("/") : [];
  const [namespace, name] = parts;
  if (parts.length !== 2 || Object.keys(value).length !== 1 || !isKeystoreName(namespace) || !isKeystoreName(name)) {
    throw new TaskerError("INVALID_INPUT", "a secret's reference must be exactly what keystore.getKey gave", {
      hint: 'it looks like { "$secret": "namespace/name" }',
    });
  }
  return { namespace, name };
}

/** Throws NAMESPACE_REFUSED unless the manifest declares the namespace. */
export function checkNamespace(manifest: Pick<Manifest, "namespaces">, namespace: string): void {
  if (manifest.namespaces.includes(namespace)) return;
  const declared = manifest.namespaces.map((name) => JSON.stringify(name)).join(", ");
  throw new TaskerError("NAMESPACE_REFUSED", `the task may not use the keystore namespace "${namespace}"`, {
    hint: `its manifest declares ${declared === "" ? "none" : declared}: add it to "namespaces" if it should`,
  });
}

/** The value behind a reference, for a task that declares its namespace. */
export function resolveSecret(
  reference: SecretReference,
  { manifest, readSecret }: { manifest: Pick<Manifest, "namespaces">; readSecret: ReadSecret },
): string {
  checkNamespace(manifest, reference.namespace);
  const value = readSecret(reference.namespace, reference.name);
  if (value !== undefined) return value;
  throw new TaskerError("CREDENTIALS", `the keystore has no ${reference.namespace}/${reference.name}`, {
    hint: `run \`tasker keystore set ${reference.name} --namespace ${reference.namespace}\``,
  });
}
