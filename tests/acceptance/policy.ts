import type { CallPatterns, PolicyEffect } from "../../src/core/policy.ts";
import { openStore } from "../../src/store/store.ts";

/** Adds rules to a database, in order, without a process for each: `tasker policy add` does the same. */
export function addRules(db: string, rules: readonly ({ effect: PolicyEffect } & Partial<CallPatterns>)[]): void {
  const store = openStore(db);
  try {
    store.db.transaction(() => {
      for (const rule of rules) {
        const all = { task: "*", service: "*", method: "*", where: [], addedAt: 0, addedBy: "test" };
        store.policy.add({ ...all, ...rule, id: store.owner.raiseRules() }, undefined);
      }
    });
  } finally {
    store.close();
  }
}
