import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { openStore } from "../store.ts";
import { runLinks } from "./016_run_links.ts";
import { apply, migrations } from "./migrations.ts";

/** A file as the program of that version left it, with runs and frames in several states. */
function fileOfVersion3(path: string): void {
  const db = new DatabaseSync(path);
  db.exec("PRAGMA journal_mode = WAL; PRAGMA application_id = 0x7461736b; PRAGMA user_version = 3");
  for (const migration of migrations.slice(0, 3)) apply(db, migration);
  db.exec(`
    INSERT INTO task_functions VALUES (1, 'search', 1, 'h', 'search.js', 'module.exports = 1', '{}', 0, 1);
    INSERT INTO task_runs (run, id, function_id, task_name, status, input, result, error, seed, root_frame, parent_run,
                           deaths, early_deaths, runtime_version, time_zone, locale, created_at, started_at, ended_at)
    VALUES (4, 'a', 1, 'search', 'suspended_waiting_child', '{}', NULL, NULL, 's', 10, NULL, 1, 2, '2', 'UTC', 'en', 1, 2, NULL),
           (7, 'b', 1, 'search', 'completed', '{"a":1}', '[1]', NULL, 't', 12, 4, 0, 0, '2', 'UTC', 'en', 3, 4, 5),
           (9, 'c', 1, 'search', 'failed', '{}', NULL, '{}', 'u', 14, NULL, 0, 0, '2', 'UTC', 'en', 6, 7, 8);
    INSERT INTO stack_runs (id, run, seq, service, method, args, fingerprint, status, lane, attempt, ready_at, blocked,
                            waiting_for, progress, result, error, delivery, delivered_at, issued_at, started_at,
                            ended_at, caused_by)
    VALUES (10, 4, 0, 'tasks', 'execute', '[]', 'f', 'suspended_waiting_child', 0, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1, 2, NULL, 0),
           (11, 4, 1, 'gapi', 'list', '[1]', 'f', 'failed', 1, 3, NULL, NULL, NULL, NULL, NULL, '{}', 1, 9, 2, 3, 9, 0),
           (12, 4, 2, 'tasks', 'execute', '[2]', 'f', 'completed', 0, 1, NULL, NULL, NULL, NULL, '[1]', NULL, 2, 10, 2, 3, 10, 1),
           (13, 4, 3, 'gapi', 'list', '[3]', 'f', 'pending', 1, 2, 99, 'key k', 'quota', '{"a":1}', NULL, NULL, NULL, NULL, 4, 5, NULL, 2),
           (14, 9, 0, 'tasks', 'execute', '[]', 'f', 'failed', 0, 1, NULL, NULL, NULL, NULL, NULL, '{}', NULL, NULL, 6, 7, 8, 0);
    INSERT INTO records VALUES (1, 4, 'mail', 1, 12, '{"id":1}');
    INSERT INTO logs VALUES (1, 9, 8, 'error', 'engine', 'run failed');`);
  db.close();
}

const COLUMNS = {
  task_functions: "id, name, version, hash, filename, source, manifest, embedded, created_at",
  task_runs: `run, id, function_id, task_name, status, input, result, error, progress, seed, root_frame, parent_run,
    attempt_epoch, log_lines, live, deaths, early_deaths, stalls, runtime_version, time_zone, locale, created_at,
    started_at, ended_at`,
  stack_runs: `id, run, seq, service, method, args, status, lane, attempt, ready_at, blocked, waiting_for, progress,
    result, error, caused_by, delivery, delivered_at, issued_at, started_at, ended_at`,
  records: "*",
  logs: "*",
};

function rows(db: { prepare(sql: string): { all(): unknown[] } }): unknown[][] {
  return Object.entries(COLUMNS).map(([table, columns]) => db.prepare(`SELECT ${columns} FROM ${table}`).all());
}

Deno.test("a file of version 3 keeps every row and every reference", () => {
  const folder = Deno.makeTempDirSync({ prefix: "tasker-store-" });
  try {
    const path = `${folder}/tasker.db`;
    fileOfVersion3(path);
    const old = new DatabaseSync(path);
    const before = rows(old);
    old.close();
    const store = openStore(path);
    assert.deepEqual(rows(store.db), before);
    assert.deepEqual(store.db.prepare("PRAGMA foreign_key_check").all(), []);
    const orphan = "VALUES (8, 1, 'info', 'task', 'of no run')";
    assert.throws(() => store.db.exec(`INSERT INTO logs (run, at, level, source, text) ${orphan}`), /FOREIGN KEY/);
    assert.throws(() => store.db.exec("DELETE FROM task_runs WHERE run = 9"), /FOREIGN KEY/);
    assert.equal(store.taskRuns.get(4)!.earlyDeaths, 2);
    assert.equal(store.stackRuns.lastCausingDelivery(4), 2);
    store.close();
    const keptAs = `${path}.v3.bak`;
    assert.deepEqual(store.db.migrated, { from: 3, to: migrations.length, keptAs });
    assert.equal(Deno.statSync(keptAs).mode! & 0o777, 0o600);
    const kept = new DatabaseSync(keptAs);
    assert.deepEqual(rows(kept), before);
    assert.equal(Object.values(kept.prepare("PRAGMA user_version").get()!)[0], 3);
    kept.close();
    const again = openStore(path);
    assert.equal(again.db.migrated, undefined);
    again.close();
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("a migration that fails leaves the file as it was, and no copy of it", () => {
  const folder = Deno.makeTempDirSync({ prefix: "tasker-store-" });
  try {
    const path = `${folder}/tasker.db`;
    fileOfVersion3(path);
    const db = new DatabaseSync(path);
    db.exec("CREATE TABLE new_stack_runs (x)");
    const before = rows(db);
    db.close();
    assert.throws(() => openStore(path), /new_stack_runs already exists/);
    const after = new DatabaseSync(path);
    assert.deepEqual(rows(after), before);
    assert.equal(Object.values(after.prepare("PRAGMA user_version").get()!)[0], 3);
    after.close();
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["tasker.db"]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("runs of a file whose version knew fewer ways to end keep all that they have, and may end in the new one", () => {
  const folder = Deno.makeTempDirSync({ prefix: "tasker-store-" });
  try {
    const path = `${folder}/tasker.db`;
    const before = migrations.findIndex((migration) => migration === runLinks);
    const old = new DatabaseSync(path);
    old.exec(`PRAGMA journal_mode = WAL; PRAGMA application_id = 0x7461736b; PRAGMA user_version = ${before}`);
    for (const migration of migrations.slice(0, before) as string[]) {
      old.exec(migration.replaceAll(" WHEN 'continued_as_new' THEN 1", "").replaceAll(", 'continued_as_new'", ""));
    }
    old.exec(`
      INSERT INTO task_functions (id, name, version, hash, filename, source, manifest, embedded, created_at)
      VALUES (1, 'search', 1, 'h', 'search.js', 'module.exports = 1', '{}', 0, 1);
      INSERT INTO task_runs (run, id, function_id, task_name, status, input, seed, root_frame, parent_run, priority, idempotency_key,
                             runtime_version, time_zone, locale, created_at, started_at)
      VALUES (4, 'a', 1, 'search', 'running', '{}', 's', 10, NULL, 3, 'k', '2', 'UTC', 'en', 1, 2),
             (7, 'b', 1, 'search', 'running', '{"a":1}', 't', 12, 4, 0, NULL, '2', 'UTC', 'en', 3, 4);`);
    const ends = "UPDATE task_runs SET status = 'continued_as_new', ended_at = 5 WHERE run = 7";
    assert.throws(() => old.exec(ends), /CHECK constraint failed/);
    const runs = old.prepare("SELECT * FROM task_runs").all();
    // Later versions add to both.
    const columns = Object.keys(runs[0]!).join(", ");
    const indexes = "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'task_runs' ORDER BY name";
    const wanted = old.prepare(indexes).all();
    old.close();
    const store = openStore(path);
    assert.deepEqual(store.db.prepare(`SELECT ${columns} FROM task_runs`).all(), runs);
    const kept = new Set(store.db.prepare(indexes).all().map(({ sql }) => sql));
    assert.deepEqual(wanted.filter(({ sql }) => !kept.has(sql)), []);
    assert.deepEqual(store.db.prepare("PRAGMA foreign_key_check").all(), []);
    store.db.exec(ends);
    assert.throws(() => store.db.exec(ends.replace("continued_as_new", "gone")), /CHECK constraint failed/);
    assert.throws(() => store.db.exec("DELETE FROM task_runs WHERE run = 4"), /FOREIGN KEY/);
    store.close();
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
