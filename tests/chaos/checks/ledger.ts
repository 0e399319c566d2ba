import { attempts, isIdle, type LedgerAttempt } from "../../../src/store/ledger_attempts.ts";
import { checkLedger } from "../../../src/store/ledger_check.ts";
import type { Store } from "../../../src/store/store.ts";
import type { Findings } from "../findings.ts";
import { callOf, type Journal } from "../journal.ts";

/** The ledger's chain holds, and it has each request that the service got: as an attempt that may have left. */
export function checkLeft(
  store: Store,
  { runs, frames }: Journal,
  counts: ReadonlyMap<string, number>,
  findings: Findings,
): void {
  for (const problem of checkLedger(store).problems) findings.report("ledger", problem);
  const ids = new Map(runs.map(({ run, id }) => [run, id]));
  const entries = Map.groupBy(attempts(store.ledger, () => false), ({ run, call }) => `${run} ${call}`);
  const entered = new Map<string, LedgerAttempt[]>();
  // A relay that is retried, and one that is forked, make a call under the key that it had.
  for (const frame of frames) {
    const key = callOf(frame)?.key;
    const found = entries.get(`${ids.get(frame.run)} ${frame.seq}`) ?? [];
    if (key !== undefined) entered.set(key, [...entered.get(key) ?? [], ...found]);
  }
  for (const [key, count] of counts) {
    const left = (entered.get(key) ?? []).filter((attempt) => !isIdle(attempt));
    if (left.length < count) {
      findings.report("ledger", `${key} was called ${count} times, and has ${left.length} entries`);
    }
  }
  for (const [key, found] of entered) {
    const answered = found.filter(({ end }) => end?.how === "answered").length;
    const count = counts.get(key) ?? 0;
    if (answered > count) findings.report("ledger", `${key} was answered ${answered} times, and called ${count} times`);
  }
}
