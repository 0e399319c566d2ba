import { integrityOf, looking } from "../acceptance/journal.ts";
import type { Bed } from "./bed.ts";
import { readBudgets } from "./budget_sight.ts";
import { checkBudgets } from "./checks/budgets.ts";
import { checkCalls, checkMade } from "./checks/calls.ts";
import { checkEffects } from "./checks/effects.ts";
import { checkEnds } from "./checks/ends.ts";
import { type Evidence, evidenceOf } from "./checks/evidence.ts";
import { checkLeft } from "./checks/ledger.ts";
import { checkOrder } from "./checks/order.ts";
import { checkSignals } from "./checks/signals.ts";
import { checkPolicy } from "./checks/policy.ts";
import { checkRelays } from "./checks/relays.ts";
import { checkResults } from "./checks/results.ts";
import { checkAudit } from "../../src/store/audit_check.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { journalOf, readJournal } from "./journal.ts";

/** Checks every promise on a file that nobody works on any more. */
export function judge(
  params: Pick<Bed, "db" | "service" | "findings" | "load" | "processes" | "approver" | "relays" | "spenders"> & {
    seed: number;
  },
): Evidence {
  const { db, service, findings, load, processes, seed } = params;
  const integrity = integrityOf(db);
  if (integrity !== "ok") findings.report("file", integrity);
  const journal = looking(db, readJournal);
  const evidence = evidenceOf({ seed, journal: journalOf(journal, "errand"), service });
  checkEnds(evidence, { load, processes: processes.all, findings });
  checkOrder(journal, findings);
  checkMade(journal, service, findings);
  checkCalls(evidence, findings);
  checkRelays(journalOf(journal, "relay"), { acknowledged: params.relays.acknowledged, service, findings });
  checkPolicy(evidence, params.approver.acknowledged, findings);
  checkResults(evidence, findings);
  checkEffects(evidence, findings);
  checkSignals(evidence, load.signalled, findings);
  checkBudgets(journalOf(journal, "spender"), {
    sight: looking(db, readBudgets),
    spenders: params.spenders,
    counts: service.counts,
    findings,
  });
  reading(db, (store) => {
    for (const problem of checkAudit(store).problems) findings.report("audit", problem);
    checkLeft(store, journal, service.counts, findings);
  });
  for (const problem of firedTwice(db)) findings.report("audit", problem);
  return evidence;
}

/** Times for which a schedule has submitted a second run. */
function firedTwice(db: string): readonly string[] {
  const times = looking(
    db,
    (file) => file.prepare("SELECT entry ->> 'for' AS time FROM audit WHERE entry ->> 'for' IS NOT NULL").all(),
  );
  return times.map(({ time }) => String(time)).filter((time, index, all) => all.indexOf(time) !== index)
    .map((time) => `the schedule has fired for ${time} twice`);
}

function reading(db: string, read: (store: Store) => void): void {
  const store = openStore(db, { create: false });
  try {
    read(store);
  } finally {
    store.close();
  }
}
