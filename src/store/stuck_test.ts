import assert from "node:assert/strict";
import { fileHealth } from "./file_health.ts";
import type { Finding } from "./finding.ts";
import { withRuns } from "./kept_runs_for_tests.ts";
import type { Store } from "./store.ts";
import { stuck } from "./stuck.ts";

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 10, 26);
const DAY = 24 * 60 * MINUTE;

/** What is not ok, as `check: status`. */
function found(findings: Iterable<Finding>): string[] {
  const wrong = [...findings].filter(({ status }) => status !== "ok");
  for (const { check, hint } of wrong) assert.ok(hint !== undefined && hint !== "", check);
  return wrong.map(({ check, status }) => `${check}: ${status}`);
}

function withRun(status: string, work: (store: Store, frame: (sql: string) => void) => void): void {
  withRuns([{}], (store) => {
    const run = store.taskRuns.byId("run-0")!.run;
    store.db.exec(`UPDATE task_runs SET status = '${status}', created_at = ${NOW - DAY} WHERE run = ${run}`);
    work(store, (values) =>
      store.db.exec(
        `INSERT INTO stack_runs (run, seq, service, method, args, lane, issued_at, status, ready_at) VALUES (${run}, ${values})`,
      ));
  });
}

const look = (store: Store, isOwned = true) => found(stuck(store, { now: NOW, isOwned }));

Deno.test("a call that could have begun long ago is stuck, unless others hold the lanes", () => {
  withRun("suspended_waiting_child", (store, frame) => {
    frame(`1, 'gapi', 'list', '[]', 1, ${NOW - MINUTE}, 'pending', NULL`);
    assert.deepEqual(look(store), []);
    frame(`2, 'gapi', 'list', '[]', 1, ${NOW - 10 * MINUTE}, 'pending', NULL`);
    assert.deepEqual(look(store), ["ready calls: fail"]);
    frame(`3, 'gapi', 'list', '[]', 1, ${NOW - 10 * MINUTE}, 'processing', NULL`);
    assert.deepEqual(look(store), []);
    assert.deepEqual(look(store, false), ["unfinished runs: note"]);
  });
});

Deno.test("a wait past its time is stuck, and one of months is told", () => {
  withRun("suspended_waiting_child", (store, frame) => {
    frame(`1, 'timer', 'sleep', '[]', 0, ${NOW - DAY}, 'pending', ${NOW + DAY}`);
    assert.deepEqual(look(store), []);
    frame(`2, 'timer', 'sleep', '[]', 0, ${NOW - DAY}, 'pending', ${NOW - 5 * MINUTE}`);
    frame(`3, 'timer', 'sleep', '[]', 0, ${NOW - DAY}, 'pending', ${NOW + 60 * DAY}`);
    assert.deepEqual(look(store), ["waiting calls: fail", "long waits: note"]);
  });
  withRun("suspended_waiting_child", (store, frame) => {
    frame(`1, 'signals', 'wait', '["go"]', 0, ${NOW - DAY}, 'pending', NULL`);
    store.db.exec("UPDATE stack_runs SET blocked = 'signal' WHERE seq = 1");
    assert.deepEqual(look(store), ["long waits: note"]);
  });
});

Deno.test("a run that waits for nothing, and one that is held, are named", () => {
  withRun("suspended_waiting_child", (store) => assert.deepEqual(look(store), ["waiting runs: fail"]));
  withRun("held", (store) => assert.deepEqual(look(store), ["held runs: note"]));
});

Deno.test("a schedule without its last run is told with the reason", () => {
  withRuns([], (store) => {
    store.schedules.insert({
      ...{ id: "s", name: "nightly", pattern: "0 7 * * *", timeZone: "UTC", catchUp: "one", taskName: "t" },
      ...{ input: "{}", reason: null, addedBy: "ann", nextAt: NOW, createdAt: 0 },
    });
    const lastError = JSON.stringify({ name: "E", code: "INVALID_INPUT", message: "q is missing" });
    store.schedules.fired({ id: "s", nextAt: NOW, lastAt: NOW, lastRun: null, lastError });
    const [finding] = [...stuck(store, { now: NOW, isOwned: true })].filter(({ status }) => status === "fail");
    assert.match(finding!.message, /q is missing/);
    assert.match(finding!.hint!, /tasker schedule remove nightly/);
  });
});

Deno.test("a sound file is told so; a stray row, a changed audit log and a clock set back are found", () => {
  withRuns([{ row: [1] }], (store) => {
    const audit = store.db.transaction(() => store.audit.append({ event: "cleared" }, NOW));
    assert.deepEqual(found(fileHealth(store, NOW)), []);
    assert.deepEqual(found(fileHealth(store, NOW - 2 * MINUTE)), ["clock: fail"]);
    store.db.exec(
      `PRAGMA foreign_keys = OFF; INSERT INTO logs (run, at, level, source, text) VALUES (99, 1, 'info', 'task', '')`,
    );
    store.db.exec(`DROP TRIGGER audit_stays; UPDATE audit SET entry = '{"seq":1}' WHERE seq = ${audit}`);
    assert.deepEqual(found(fileHealth(store, NOW)), ["references: fail", "audit log: fail"]);
  });
});
