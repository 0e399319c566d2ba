import { checkAudit } from "./audit_check.ts";
import type { Row } from "./database.ts";
import { failed, type Finding, ok } from "./finding.ts";
import { integrityCheck } from "./inspect.ts";
import { checkLedger } from "./ledger_check.ts";
import type { Store } from "./store.ts";

/** What was written may be dated this much later than the clock shows: clocks are set right now and then, ms. */
const CLOCK_SLACK = 60_000;

/** Whether the file is sound: read whole, against its own rules, the audit log and the ledger. */
export function* fileHealth(store: Store, now: number): Generator<Finding> {
  yield integrity(store);
  yield references(store);
  yield audit(store);
  yield ledger(store);
  yield clock(store, now);
}

function integrity(store: Store): Finding {
  const problems = integrityCheck(store);
  if (problems.length === 1 && problems[0] === "ok") return ok("integrity", "every page of the file is sound");
  return failed(
    "integrity",
    `the file is damaged: ${problems.slice(0, 3).join("; ")}`,
    "restore it from a backup with `tasker restore`, and look at the disk",
  );
}

function references(store: Store): Finding {
  const stray = store.db.prepare("PRAGMA foreign_key_check").all() as Row[];
  if (stray.length === 0) return ok("references", "no row refers to one that is not there");
  const { table, parent } = stray[0]!;
  return failed(
    "references",
    `${stray.length} rows refer to rows that are not there, the first one from ${table} to ${parent}`,
    "something else than tasker has written to the file: restore it from a backup with `tasker restore`",
  );
}

function audit(store: Store): Finding {
  const { entries, problems } = checkAudit(store);
  if (problems.length === 0) return ok("audit log", `each of ${entries} entries follows the one before it`);
  return failed("audit log", firstOf(problems), "`tasker audit --verify` tells all");
}

function ledger(store: Store): Finding {
  const { pages, problems } = checkLedger(store);
  if (problems.length === 0) return ok("ledger", `each of ${pages} pages follows the one before it`);
  return failed("ledger", firstOf(problems), "`tasker ledger --verify` tells all");
}

function firstOf(problems: readonly string[]): string {
  return `${problems[0]}${problems.length > 1 ? `, and ${problems.length - 1} more` : ""}`;
}

/** Waits go by the wall clock: one that was set back lets them last longer. */
function clock(store: Store, now: number): Finding {
  const { at } = store.db.prepare(
    `SELECT max(at) AS at FROM (
       SELECT max(since) AS at FROM owner UNION ALL
       SELECT max(created_at) FROM task_runs UNION ALL SELECT max(ended_at) FROM task_runs UNION ALL
       SELECT unixepoch(entry ->> 'at') * 1000 FROM audit WHERE seq = (SELECT max(seq) FROM audit))`,
  ).get() as { at: number };
  if (at <= now + CLOCK_SLACK) return ok("clock", "nothing in the file is dated later than now");
  return failed(
    "clock",
    `the newest row is dated ${new Date(at).toISOString()}, and the clock shows ${new Date(now).toISOString()}`,
    "set the clock right: what waits goes on when the clock shows its time",
  );
}
