import type { Keystore } from "../../services/keystore/keystore.ts";
import type { Context } from "../context.ts";

/** Opens the keystore of a database for `work`. */
export async function withKeystore<T>(
  context: Context,
  params: { database: string; create: boolean },
  work: (keystore: Keystore) => T | Promise<T>,
): Promise<T> {
  const { Keystore } = await import("../../services/keystore/keystore.ts");
  const store = await context.openStore(params.database, { create: params.create });
  try {
    return await work(new Keystore({ store, env: context.env("TASKER_KEYSTORE_KEY") }));
  } finally {
    store.close();
  }
}

export const namespaceFlag = {
  namespace: {
    kind: "parsed",
    parse: (input: string) => input,
    optional: true,
    placeholder: "name",
    brief: "Namespace of the entry [default: default]",
  },
} as const;

export const DEFAULT_NAMESPACE = "default";
