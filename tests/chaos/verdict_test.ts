import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { openBed, owner } from "./bed.ts";
import { Findings, type Promised } from "./findings.ts";
import { settle } from "./settle.ts";
import { judge } from "./verdict.ts";

/** Calls that are recorded before the work is ended. */
const CALLS = 60;
const SEED = 3;

const one = (where: string) => `(SELECT id FROM stack_runs WHERE ${where} LIMIT 1)`;
const call = one(
  "service = 'http' AND status = 'completed' AND run IN (SELECT run FROM task_runs WHERE task_name = 'errand')",
);

/** What must never happen to a file, and the promise that it breaks. */
const DAMAGES: readonly [Promised, string, string][] = [
  [
    "ends",
    "a run that goes on for ever",
    "UPDATE task_runs SET status = 'running', result = NULL, ended_at = NULL WHERE status = 'completed'",
  ],
  ["ends", "a run that failed", "UPDATE task_runs SET status = 'failed', result = NULL WHERE status = 'completed'"],
  [
    "ends",
    "a run that continued as none",
    "UPDATE task_runs SET status = 'continued_as_new', result = NULL WHERE status = 'completed'",
  ],
  ["ends", "a run that was started and lost", "UPDATE stack_runs SET result = '\"x\"' WHERE method = 'start'"],
  [
    "results",
    "a result in which something is missing",
    "UPDATE task_runs SET result = json_remove(result, '$[0]') WHERE status = 'completed'",
  ],
  [
    "results",
    "a call that failed for no reason",
    `UPDATE stack_runs SET status = 'failed', result = NULL WHERE id = ${call}`,
  ],
  [
    "order",
    "a gap in the deliveries",
    `UPDATE stack_runs SET delivery = delivery + 1 WHERE id = ${one("delivery > 0 ORDER BY run, delivery DESC")}`,
  ],
  ["order", "a gap in the seqs", `UPDATE stack_runs SET seq = seq + 1 WHERE id = ${one("1 ORDER BY run, seq DESC")}`],
  [
    "once",
    "a result that the service never gave",
    `UPDATE stack_runs SET result = replace(result, '~1:', '~1:9') WHERE id = ${call}`,
  ],
  [
    "once",
    "a call that stands there twice",
    `UPDATE stack_runs SET args = (SELECT args FROM stack_runs WHERE id = ${call}) WHERE service = 'http'`,
  ],
  [
    "once",
    "an answer to a relay that the service never gave",
    `UPDATE stack_runs SET result = replace(result, '~1:', '~1:9')
     WHERE status = 'completed' AND service = 'http'
       AND run = (SELECT min(run) FROM task_runs WHERE task_name = 'relay' AND status = 'completed')`,
  ],
  ["commit", "a call that is not in the journal", `UPDATE stack_runs SET service = 'nobody' WHERE id = ${call}`],
  ["causality", "a token from nowhere", "UPDATE stack_runs SET args = replace(args, 'after=r', 'after=x')"],
  ["records", "a lost record", "DELETE FROM records WHERE id = (SELECT max(id) FROM records)"],
  [
    "records",
    "a doubled record",
    "INSERT INTO records SELECT NULL, run, kind, seq + 999, frame, data FROM records LIMIT 1",
  ],
  ["tables", "a lost row", "DELETE FROM t_errands WHERE id = (SELECT max(id) FROM t_errands)"],
  ["tables", "a doubled row", "INSERT INTO t_errands (name) SELECT name FROM t_errands LIMIT 1"],
  ["signals", "a lost signal", "DELETE FROM signals"],
  ["signals", "a signal with other data", 'UPDATE signals SET data = \'{"key":"x"}\''],
  ["logs", "lost lines", "DELETE FROM logs"],
  [
    "logs",
    "a doubled line",
    "INSERT INTO logs SELECT NULL, run, at, level, source, text FROM logs WHERE source = 'task' LIMIT 1",
  ],
  ["word", "a run that was acknowledged and lost", "UPDATE task_runs SET id = id || 'x'"],
  [
    "policy",
    "a call that has left without an approval",
    `UPDATE stack_runs SET gate = NULL WHERE id = ${one("gate ->> '$.state' = 'approved'")}`,
  ],
  ["budgets", "calls that nobody counts", "UPDATE budget_spending SET spent = spent - 1"],
  [
    "room",
    "a call that waits for room that is there",
    `UPDATE stack_runs SET status = 'pending', delivery = NULL, ended_at = NULL, blocked = 'budget spender0 x' WHERE id = ${call}`,
  ],
  [
    "ledger",
    "a page that was changed",
    "DROP TRIGGER ledger_stays; UPDATE ledger SET entry = entry || ' ' WHERE seq = 1",
  ],
  [
    "ledger",
    "calls that have left without an entry",
    "DROP TRIGGER ledger_is_kept; DELETE FROM ledger WHERE seq > 1",
  ],
  [
    "audit",
    "a run without its entry",
    "DROP TRIGGER audit_is_kept; DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)",
  ],
  ["file", "a record of no run", "UPDATE records SET run = 999999 WHERE id = 1"],
];

Deno.test("the verdict finds whatever breaks a promise, and nothing in a file that is right", async (t) => {
  const bed = await openBed({ seed: SEED, duration: 0, faketime: undefined });
  try {
    bed.load.start();
    bed.approver.start();
    bed.relays.start();
    bed.spenders.start();
    await owner(bed);
    while (bed.witness.look().recorded < CALLS) await bed.service.arrivals(1);
    await settle(bed);
    await bed.approver.stop();
    judge({ ...bed, seed: SEED });
    assert.equal(bed.findings.failed, 0, JSON.stringify([...bed.findings.broken]));
    for (const [promised, what, sql] of DAMAGES) {
      await t.step(what, () => {
        const db = `${bed.place.folder}/damaged.db`;
        Deno.copyFileSync(bed.db, db);
        damage(db, sql);
        const findings = new Findings();
        judge({ ...bed, db, findings, seed: SEED });
        assert.notEqual(findings.of(promised).length, 0, JSON.stringify([...findings.broken]));
      });
    }
  } finally {
    await bed.processes[Symbol.asyncDispose]();
    await bed.service[Symbol.asyncDispose]();
    await bed.disk.remove(bed.place);
  }
});

function damage(path: string, sql: string): void {
  const db = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  try {
    db.exec("PRAGMA ignore_check_constraints = ON");
    db.exec(sql);
  } finally {
    db.close();
  }
}
