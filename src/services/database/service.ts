import type { Outcome, Service } from "../contract.ts";
import { chainSteps, parseChain } from "./chain.ts";
import { execute } from "./execute.ts";

/**
 * The tables of task code, in the same file as the system's and apart from them. A whole chain is one call:
 * `tools.database.from("people").select("*").eq("age", 3)` is the method `from.select.eq` with one array of arguments per step,
 * `[["people"], ["*"], ["age", 3]]`.
 *
 * Answers `{ data, error, count }` as supabase-js does: `data` rows, one row after `single()`, or null after a write without
 * `.select()`; `count` the rows written, or what `select(…, { count: "exact" })` counts. What the data has against a chain
 * (`single()` with no or many rows: PGRST116; a key that is there already: 23505) is given back as `error`, unless
 * `throwOnError()` is in the chain. What is wrong with the program (names, shapes, an update without a filter, answers over
 * 16 MiB) is thrown, for nobody reads `error` of a mistake.
 *
 * Tables and columns spring up with the rows that bring them; a table that nothing was put into is empty. A row's missing
 * columns are null when it is new, and stay as they are in an upsert. `like` minds case, `ilike` only for letters beyond ASCII.
 */
export function createDatabaseService(): Service {
  return {
    name: "database",
    local: true,
    traits({ method }) {
      chainSteps(method);
      return { repeatable: true };
    },
    call({ method, args }): Outcome {
      const query = parseChain(method, args);
      return { type: "effect", apply: (store) => execute(store.db, query) };
    },
  };
}
