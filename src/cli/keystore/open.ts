import { TaskerError } from "../../core/errors.ts";
import type { Keystore } from "../../services/keystore/keystore.ts";
import type { Store } from "../../store/store.ts";
import type { Context } from "../context.ts";

/** Opens the keystore of a database for `work`. */
export async function withKeystore<T>(
  context: Context,
  params: { database: string; create: boolean },
  work: (keystore: Keystore) => T | Promise<T>,
): Promise<T> {
  const { Keystore } = await import("../../services/keystore/keystore.ts");
  const store = await open(context, params);
  try {
    return await work(new Keystore({ store, env: context.env("TASKER_KEYSTORE_KEY") }));
  } finally {
    store.close();
  }
}

async function open(context: Context, { database, create }: { database: string; create: boolean }): Promise<Store> {
  try {
    return await context.openStore(database, { create });
  } catch (error) {
    if (!(error instanceof TaskerError) || error.code !== "NOT_FOUND") throw error;
    throw new TaskerError("NOT_FOUND", error.message, {
      hint: "`tasker keystore set NAME` makes it with its first entry; or name another file with --db",
      cause: error,
    });
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
