import { TaskerError } from "../../src/core/errors.ts";
import type { Database } from "../../src/store/database.ts";
import type { Store } from "../../src/store/store.ts";

/**
 * What becomes of a transaction: a refused commit is rolled back at its end, a refused part fails in the middle of it (both
 * as on a full disk), a last commit is made and the process dies before anything follows from it.
 */
export type CommitFault = "refused commit" | "refused part" | "last commit";

/** The store as one process sees it. `isDue` is asked at each point where a fault may strike. */
export function faultyStore(
  store: Store,
  { isDue, committed }: { isDue(point: CommitFault): boolean; committed(): void },
): Store {
  const { db } = store;
  const faults: Pick<Database, "savepoint" | "transaction"> = {
    savepoint(work) {
      if (isDue("refused part")) throw full();
      return db.savepoint(work);
    },
    transaction(work, options) {
      if (db.inTransaction) return db.transaction(work, options);
      const value = db.transaction(() => {
        const value = work();
        if (isDue("refused commit")) throw full();
        return value;
      }, options);
      committed();
      if (isDue("last commit")) throw new TaskerError("UNAVAILABLE", "the process has died");
      return value;
    },
  };
  return { ...store, db: Object.assign(Object.create(db) as Database, faults) };
}

function full(): TaskerError {
  return new TaskerError("DATABASE_UNUSABLE", "the disk is full");
}
