import { TaskerError } from "../../core/errors.ts";
import type { Keystore } from "../../services/keystore/keystore.ts";
import type { Store } from "../../store/store.ts";
import type { Context } from "../context.ts";

/** Opens the keystore of a database for `work`. */
export async function withKeystore<T>(
  context: Context,
  params: { database: string; create: boolean },
  work: (keystore: Keystore, store: Store) => T | Promise<T>,
): Promise<T> {
  const { Keystore } = await import("../../services/keystore/keystore.ts");
  const store = await open(context, params);
  try {
    return await work(new Keystore({ store, env: context.env("TASKER_KEYSTORE_KEY") }), store);
  } finally {
    store.close();
  }
}

/** Changes an entry, which the audit log tells of, though not of its value; `work` gives whether it changed anything. */
export async function changeEntry(
  context: Context,
  { database, create, event, entry }: { database: string; create: boolean; event: string; entry: string },
  work: (keystore: Keystore) => boolean,
): Promise<boolean> {
  return await withKeystore(
    context,
    { database, create },
    (keystore, store) => audited(context, store, { event, entry }, () => work(keystore)),
  );
}

/** A change of an entry and the audit log's word of it, in one transaction. */
export async function audited(
  context: Context,
  store: Store,
  { event, entry }: { event: string; entry: string },
  work: () => boolean,
): Promise<boolean> {
  const { whoRunsThis } = await import("../../server/who.ts");
  return store.db.transaction(() => {
    const isChanged = work();
    if (isChanged) store.audit.append({ event, entry, who: whoRunsThis() }, context.now());
    return isChanged;
  });
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
