import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { TaskerError } from "../../core/errors.ts";
import { LEGACY_MANIFEST } from "../../core/manifest.ts";
import { openDatabase } from "../database.ts";
import { apply, migrations } from "../migrations/migrations.ts";
import { openStore, type Store } from "../store.ts";
import { appendChecksum } from "./checksum.ts";
import { exportRun } from "./export_run.ts";
import { LEFT, PARTS, RUN_FILE_ID, RUN_FILE_TABLE, RunFileGiven } from "./format.ts";
import { openRunFile } from "./open_run_file.ts";

const NEVER = new AbortController().signal;
const OPTIONS = { replace: false, tasker: "1.2.3", by: "ann@laptop", now: 5, signal: NEVER };
/** More than are copied without a look at the signal. */
const ROWS = 2_100;

/** A database with the run "root", the run "nested" in it, and a run "other"; with a keystore, an audit log and schedules. */
function withTree(store: Store): Store {
  const publish = (name: string) =>
    store.taskFunctions.publish({
      name,
      hash: `h ${name}`,
      filename: `${name}.js`,
      source: "",
      manifest: LEGACY_MANIFEST,
    }, {
      embedded: false,
      now: 1,
    }).task;
  const tasks = ["t", "unused"].map(publish);
  store.keystore.put({ namespace: "default", name: "A", sealed: new Uint8Array(28), now: 1 });
  store.db.transaction(() => {
    const audit = store.audit.append({ event: "submitted", run: "root" }, 1);
    const insert = (id: string, rootFrame: number, parentRun: number | null) => {
      const { id: functionId, name: taskName } = tasks[0]!;
      const params = { functionId, taskName, input: "{}", seed: "s", now: 1 };
      const run = store.taskRuns.insert({ id, rootFrame, parentRun, ...(id === "root" ? { audit } : {}), ...params });
      store.records.append({ run, frame: rootFrame, kind: "row", rows: [{ of: id }] });
      store.logs.append({ run, at: 1, level: "info", source: "task", text: `a line of ${id}` });
      store.db.prepare("INSERT INTO signals (run, name, data, sent_at) VALUES (?, 'go', '1', 1)").run(run);
      return run;
    };
    const root = insert("root", 1, null);
    insert("other", 2, null);
    insert("nested", 3, root);
    const rows = Array.from({ length: ROWS }, (_, n) => ({ n }));
    store.records.append({ run: root, frame: 1, kind: "many", rows });
    store.db.exec(`
      INSERT INTO stack_runs (id, run, seq, service, method, args, status, lane, result, delivery, delivered_at, issued_at, ended_at)
      VALUES (1, 1, 0, 'tasks', 'execute', '[]', 'suspended_waiting_child', 0, NULL, NULL, NULL, 1, NULL),
             (2, 2, 0, 'tasks', 'execute', '[]', 'pending', 0, NULL, NULL, NULL, 1, NULL),
             (3, 1, 1, 'tasks', 'execute', '["t"]', 'completed', 0, '1', 1, 2, 1, 2),
             (4, 1, 2, 'keystore', 'getKey', '["A"]', 'completed', 0, '{"$sealed":"c2VjcmV0"}', 2, 3, 1, 3)`);
  });
  return store;
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tasker-run-file-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Exports "root" to `folder/run.tasker`, and closes the database. */
async function exported(folder: string): Promise<string> {
  const store = withTree(openStore(`${folder}/tasker.db`));
  try {
    const path = `${folder}/run.tasker`;
    await exportRun(store, store.taskRuns.byId("root")!, path, OPTIONS);
    return path;
  } finally {
    store.close();
  }
}

/** Bytes of the checksum. */
const LINE = 90;

/** Changes what is in a run file as its author could, whose checksum is right. */
async function forged(
  folder: string,
  sound: Uint8Array,
  change: string | ((bytes: Uint8Array) => void),
): Promise<string> {
  const path = `${folder}/forged.tasker`;
  const bytes = sound.slice(0, sound.length - LINE);
  if (typeof change !== "string") change(bytes);
  Deno.writeFileSync(path, bytes);
  if (typeof change === "string") {
    const db = new DatabaseSync(path);
    db.exec(`PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; ${change}`);
    db.close();
  }
  await appendChecksum(path, NEVER);
  return path;
}

/** Puts another text of the same length in the place of one. */
function inBytes(text: string, other: string): (bytes: Uint8Array) => void {
  return (bytes) => {
    const at = new TextDecoder("latin1").decode(bytes).indexOf(text);
    assert.ok(at > 0 && text.length === other.length);
    bytes.set(new TextEncoder().encode(other), at);
  };
}

async function refusal(path: string): Promise<string> {
  try {
    (await openRunFile(path)).close();
  } catch (error) {
    assert.ok(error instanceof TaskerError, String(error));
    assert.equal(error.code, "DATABASE_UNUSABLE");
    assert.ok(error.message.includes(path) && error.hint !== undefined);
    return error.message;
  }
  return "opened";
}

Deno.test("a run file holds the run and what is nested in it, nothing else, and opens as it was", async () => {
  await inFolder(async (folder) => {
    const store = withTree(openStore(`${folder}/tasker.db`));
    const path = `${folder}/run.tasker`;
    const root = store.taskRuns.byId("root")!;
    const done = await exportRun(store, root, path, OPTIONS);
    assert.deepEqual(done.rows, {
      ...{ task_functions: 1, task_runs: 2, stack_runs: 3, run_links: 0, signals: 2, records: ROWS + 2, logs: 2 },
    });
    assert.deepEqual([done.unfinished, done.redacted, done.bytes], [true, 1, Deno.statSync(path).size]);
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
    const bytes = Deno.readFileSync(path);
    const text = new TextDecoder("latin1").decode(bytes);
    for (const absent of ["a line of other", "unused", "c2VjcmV0", `"submitted"`]) {
      assert.ok(!text.includes(absent), absent);
    }

    const file = await openRunFile(path);
    const { runFile, taskRuns, stackRuns } = file;
    assert.deepEqual([runFile.run, runFile.exportedBy, runFile.tasker, runFile.exportedAt], [
      "root",
      "ann@laptop",
      "1.2.3",
      5,
    ]);
    assert.deepEqual([runFile.sha256, runFile.bytes, runFile.redacted], [done.sha256, done.bytes, 1]);
    assert.deepEqual(taskRuns.byId("root"), { ...root, audit: null });
    assert.deepEqual(taskRuns.byId("nested"), store.taskRuns.byId("nested"));
    assert.equal(taskRuns.byId("other"), undefined);
    assert.deepEqual(stackRuns.bySeq(root.run, 1), store.stackRuns.bySeq(root.run, 1));
    assert.equal(stackRuns.bySeq(root.run, 2)!.result, '"[redacted]"');
    const all = (of: Store) => [...of.records.each({ run: root.run })];
    assert.deepEqual(all(file), all(store));
    assert.throws(() => file.db.exec("DELETE FROM records"), /read-?only|query_only/i);
    file.close();

    assert.throws(() => openDatabase(path), RunFileGiven);
    await assert.rejects(exportRun(store, root, path, OPTIONS), /there is a file/);
    await assert.rejects(
      exportRun(store, store.taskRuns.byId("nested")!, path, { ...OPTIONS, replace: true }),
      (error: TaskerError) => error.code === "USAGE" && error.hint!.includes("root"),
    );
    await assert.rejects(exportRun(store, root, `${folder}/none/x`, OPTIONS), /cannot be written/);
    assert.deepEqual(Deno.readFileSync(path), bytes, "nothing of this has touched the file");
    const stopping = new AbortController();
    const stopped = exportRun(store, root, path, { ...OPTIONS, replace: true, signal: stopping.signal });
    stopping.abort();
    await assert.rejects(stopped, (error: TaskerError) => error.code === "CANCELLED");
    assert.deepEqual([...Deno.readDirSync(folder)].filter(({ name }) => name.includes(".part")), []);
    assert.deepEqual(Deno.readFileSync(path), bytes);
    store.close();
  });
});

Deno.test("every table is a run's or stays where it is", async () => {
  await inFolder((folder) => {
    const store = openStore(`${folder}/tasker.db`);
    const tables = store.db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all().map(({ name }) =>
      name
    );
    store.close();
    assert.deepEqual(tables.sort(), [...PARTS.map(({ table }) => table), ...LEFT].sort());
    return Promise.resolve();
  });
});

Deno.test("a run file of which a byte has changed or is missing is refused", async () => {
  await inFolder(async (folder) => {
    const path = await exported(folder);
    const bytes = Deno.readFileSync(path);
    const damaged = `${folder}/damaged.tasker`;
    const step = Math.floor(bytes.length / 60);
    const end = Array.from({ length: LINE }, (_, n) => bytes.length - 1 - n);
    for (const at of [0, 19, 60, 71, 99, ...end, ...Array.from({ length: 60 }, (_, n) => n * step)]) {
      const changed = bytes.slice();
      changed[at]! ^= 1;
      Deno.writeFileSync(damaged, changed);
      assert.notEqual(await refusal(damaged), "opened", `byte ${at}`);
    }
    for (const length of [0, 1, 15, 16, 100, LINE, 4096, bytes.length - LINE, bytes.length - 1]) {
      Deno.writeFileSync(damaged, bytes.subarray(0, length));
      assert.notEqual(await refusal(damaged), "opened", `${length} bytes`);
    }
    Deno.writeFileSync(damaged, new Uint8Array([...bytes, 10]));
    assert.match(await refusal(damaged), /does not end as a run file does/);
    assert.match(await refusal(folder), /is no file/);
    assert.match(await refusal(`${folder}/tasker.db`), /does not end as a run file does/);
    await assert.rejects(openRunFile(`${folder}/none`), (error: TaskerError) => error.code === "NOT_FOUND");
  });
});

Deno.test("what a stranger may put into a file with a right checksum is refused, and never run", async () => {
  await inFolder(async (folder) => {
    const sound = Deno.readFileSync(await exported(folder));
    const TABLES = /does not have the tables that tasker makes/;
    const cases: [string | ((bytes: Uint8Array) => void), RegExp][] = [
      ["CREATE TRIGGER t AFTER INSERT ON logs BEGIN SELECT 1; END", TABLES],
      ["CREATE VIEW v AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT * FROM n", TABLES],
      ["ALTER TABLE logs RENAME TO l; CREATE VIEW logs AS SELECT * FROM l", TABLES],
      ["CREATE VIRTUAL TABLE f USING fts5(text)", TABLES],
      ["CREATE TABLE more (a)", TABLES],
      ["CREATE INDEX i ON logs (length(text))", TABLES],
      ["DROP INDEX logs_run", TABLES],
      ["ALTER TABLE logs ADD COLUMN more TEXT AS (upper(text)) VIRTUAL", TABLES],
      ["DROP TABLE policy", TABLES],
      [inBytes("text TEXT NOT NULL", "text TEXT AS (at) "), TABLES],
      [inBytes("CREATE TABLE logs", "CREATE TABLX logs"), /is not as tasker writes a run file/],
      ["PRAGMA application_id = 0", /is no run file/],
      ["PRAGMA user_version = 999", /was written by a newer tasker \(file version 999/],
      ["PRAGMA user_version = 3", TABLES],
      ["UPDATE run_file SET format = 2", /was written by a newer tasker \(format 2/],
      ["DELETE FROM run_file", /does not say what it is/],
      ["UPDATE run_file SET run = 'other'", /its runs are not the one that it names/],
      ["UPDATE task_runs SET parent_run = NULL", /its runs are not the one that it names/],
      ["UPDATE task_runs SET parent_run = CASE run WHEN 1 THEN 3 ELSE 1 END", /its runs are not the one/],
      ["UPDATE records SET run = 77 WHERE kind = 'many'", /refers to one that is not there/],
      ["UPDATE task_runs SET function_id = 77", /refers to one that is not there/],
      ["UPDATE task_runs SET input = 'no JSON'", /CHECK constraint failed/],
      ["UPDATE task_runs SET status = 'odd'", /CHECK constraint failed/],
      ["UPDATE logs SET at = 9007199254740993", /a number in logs is none that tasker writes/],
    ];
    for (const [change, expected] of cases) {
      assert.match(await refusal(await forged(folder, sound, change)), expected, String(change));
    }
    assert.equal(await refusal(await forged(folder, sound, "")), "opened");
    let random = 1;
    const dice = (below: number) => (random = random * 48_271 % 2_147_483_647) % below;
    for (let flips = 0; flips < 20; flips++) {
      // Whatever it is: it opens, or it is refused in words.
      await refusal(
        await forged(folder, sound, (bytes) => {
          for (let n = 0; n < 8; n++) bytes[dice(bytes.length)] = dice(256);
        }),
      );
    }
  });
});

Deno.test("a run file is opened that cannot be written, and not with a journal beside it", async () => {
  await inFolder(async (folder) => {
    const path = await exported(folder);
    const bytes = Deno.readFileSync(path);
    Deno.chmodSync(path, 0o400);
    const names = () => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    const before = names();
    const store = await openRunFile(path);
    assert.equal([...store.records.each({ run: 1 })].length, ROWS + 1);
    store.close();
    assert.deepEqual(names(), before);
    for (const suffix of ["-journal", "-wal"]) {
      Deno.writeTextFileSync(path + suffix, "x");
      assert.match(await refusal(path), /run\.tasker-\w+ beside it, which is no part of it/);
      Deno.removeSync(path + suffix);
    }
    assert.deepEqual(Deno.readFileSync(path), bytes);
  });
});

Deno.test("a run file of an older version is read as one of today", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/older.tasker`;
    const db = new DatabaseSync(path);
    db.exec("BEGIN");
    for (const migration of [...migrations.slice(0, 3), RUN_FILE_TABLE]) apply(db, migration);
    db.exec(`PRAGMA application_id = ${RUN_FILE_ID}; PRAGMA user_version = 3;
      INSERT INTO run_file VALUES (1, 1, '0.0.1', 'old', 1, 'ann@laptop', 0);
      INSERT INTO task_functions VALUES (1, 't', 1, 'h', 't.js', '', '{}', 0, 1);
      INSERT INTO task_runs (run, id, function_id, task_name, status, input, seed, root_frame, runtime_version, time_zone, locale, created_at)
        VALUES (1, 'old', 1, 't', 'held', '{}', 's', 1, '2', 'UTC', 'en', 1);
      INSERT INTO stack_runs (id, run, seq, service, method, args, fingerprint, status, lane, issued_at)
        VALUES (1, 1, 0, 'tasks', 'execute', '[]', 'f', 'pending', 0, 1)`);
    db.exec("COMMIT");
    db.close();
    await appendChecksum(path, NEVER);
    const bytes = Deno.readFileSync(path);
    const store = await openRunFile(path);
    assert.deepEqual([store.runFile.fileVersion, store.taskRuns.byId("old")!.priority], [3, 0]);
    assert.equal(store.stackRuns.bySeq(1, 0)!.service, "tasks");
    store.close();
    assert.deepEqual(Deno.readFileSync(path), bytes);
  });
});
