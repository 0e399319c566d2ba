import type { JsonObject } from "../../core/json.ts";
import { whoRunsThis } from "../../server/who.ts";
import type { Store } from "../../store/store.ts";
import type { Context } from "../context.ts";

/**
 * Changes rules or budgets and has the audit log tell of it, in one transaction; then the process that owns the database, if there is
 * one, looks at what it makes of waiting calls. `work` gets a number for what is new, and gives the log's words.
 */
export async function changeRules<T>(
  context: Context,
  database: string,
  options: { create: boolean },
  work: (store: Store, change: { id: number; who: string; now: number }) => { result: T; entry: JsonObject },
): Promise<T> {
  const store = await context.openStore(database, options);
  let done: T;
  try {
    done = store.db.transaction(() => {
      const who = whoRunsThis();
      const now = context.now();
      const { result, entry } = work(store, { id: store.owner.raiseRules(), who, now });
      store.audit.append({ ...entry, who }, now);
      return result;
    });
  } finally {
    store.close();
  }
  await tellOwner(context, database);
  return done;
}

/** An owner that does not hear of it finds it with its next commit. */
async function tellOwner(context: Context, database: string): Promise<void> {
  const address = await context.readAddress(database);
  if (address === undefined) return;
  const client = await context.connect(address);
  await client.step().catch(() => {/* it has just ended, or is busy: the rows say it all */});
}
