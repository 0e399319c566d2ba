/** A file that is damaged where SQLite does not look when it opens it: said as such at every edge. */
import assert from "node:assert/strict";
import { systemClock } from "../core/clock.ts";
import { DatabaseSync } from "node:sqlite";
import type { TaskerError } from "../core/errors.ts";
import { Rig } from "../engine/rig.ts";
import { openStore } from "../store/store.ts";
import { httpApp } from "./http_app.ts";
import { becomeOwner } from "./owner.ts";

const options = { port: 0, concurrency: 4, quotaProfile: "new", version: "9.9.9" } as const;

/** A file with a run that has ended and one that waits for a long time. */
async function record(): Promise<Uint8Array> {
  const rig = new Rig();
  rig.publish("keeps", "module.exports = async () => { await tools.records.append('row', { n: 1 }); return 1; };");
  rig.publish("waits", "module.exports = async () => { await tools.outside.echo(1); await tools.timer.sleep(1e9); };");
  rig.takeOver();
  await rig.run("keeps");
  const id = await rig.submit("waits");
  await rig.until(id, () => rig.frames(id).some((frame) => frame.readyAt !== null));
  await rig.until(id, (run) => run.status === "suspended_waiting_child");
  await rig.engine.stop();
  rig.store.close();
  const bytes = Deno.readFileSync(rig.path);
  rig.store = openStore(rig.path);
  await rig[Symbol.asyncDispose]();
  return bytes;
}
let recorded: Promise<Uint8Array> | undefined;

async function inFolder(work: (path: string) => Promise<void> | void): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "tasker-damaged-" });
  const path = `${folder}/tasker.db`;
  try {
    Deno.writeFileSync(path, await (recorded ??= record()), { mode: 0o600 });
    await work(path);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Changes the file behind the program's back, past all checks. */
function tamper(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(`PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF; ${sql}; PRAGMA wal_checkpoint(TRUNCATE)`);
  db.close();
}

function runIds(path: string): string[] {
  const db = new DatabaseSync(path);
  const ids = db.prepare("SELECT id FROM task_runs ORDER BY run").all().map((row) => String(row.id));
  db.close();
  return ids;
}

/** Fills a page of a table or an index with garbage. */
function spoil(path: string, name: string): void {
  const db = new DatabaseSync(path);
  const { rootpage } = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = ?").get(name)!;
  const { page_size: size } = db.prepare("PRAGMA page_size").get()!;
  db.close();
  const bytes = Deno.readFileSync(path);
  bytes.fill(0xa5, (Number(rootpage) - 1) * Number(size), Number(rootpage) * Number(size));
  Deno.writeFileSync(path, bytes);
}

const isDamage = ({ code, message, hint }: TaskerError) =>
  code === "DATABASE_UNUSABLE" && message !== "" && hint !== "";

for (
  const [what, sql] of [
    ["input is no JSON", "UPDATE task_runs SET input = '{'"],
    ["error is no JSON", "UPDATE task_runs SET error = 'x' WHERE status <> 'queued'"],
    ["task is not there", "UPDATE task_runs SET function_id = 99"],
    ["number is none of ours", "UPDATE task_runs SET created_at = 9007199254740993"],
    ["manifest is no JSON", "UPDATE task_functions SET manifest = '['"],
  ] as const
) {
  Deno.test(`a run whose ${what} is shown as what it is: a damaged database`, () =>
    inFolder(async (path) => {
      tamper(path, sql);
      const store = openStore(path);
      const app = httpApp({
        clock: systemClock,
        // Only reads are asked for.
        engine: undefined as never,
        store,
        token: "t",
        closing: new AbortController().signal,
        health: () => ({}) as never,
      });
      const answer = await app.request(`/functions/v1/tasks/status?id=${runIds(path)[0]}`, {
        headers: { authorization: "Bearer t", host: "localhost" },
      });
      assert.equal(answer.status, 503);
      assert.ok(isDamage((await answer.json()).error));
      store.close();
    }));
}

Deno.test("whoever follows a run is told when its row is found damaged, and the owner goes on", () =>
  inFolder(async (path) => {
    const owner = becomeOwner({ databasePath: path, ...options })!;
    const [ended, waiting] = runIds(path);
    tamper(path, `UPDATE task_runs SET input = '{' WHERE id = '${waiting}'`);
    await assert.rejects(async () => {
      for await (const view of owner.client.events(waiting!)) assert.fail(view.status);
    }, isDamage);
    await assert.rejects(owner.client.status(waiting!), isDamage);
    assert.equal((await owner.client.status(ended!)).status, "completed");
    await owner.stop();
  }));

Deno.test("a row of records that is no JSON is told of, and the rows before it are read", () =>
  inFolder((path) => {
    tamper(path, "INSERT INTO records (run, kind, seq, frame, data) SELECT run, kind, 2, frame, '{' FROM records");
    const store = openStore(path);
    const rows = store.records.each({ run: 1 });
    assert.throws(() => [...rows], isDamage);
    assert.deepEqual(store.records.page({ run: 1, kind: "row", after: 0, limit: 1 })[0]!.data, { n: 1 });
    store.close();
  }));

for (const name of ["stack_runs", "stack_runs_open"]) {
  Deno.test(`an owner that finds ${name} damaged does not start, writes nothing of a run, and gives the file free`, () =>
    inFolder((path) => {
      spoil(path, name);
      const runs = () => {
        const store = openStore(path);
        const rows = store.taskRuns.newest({ limit: 10 });
        store.close();
        return rows;
      };
      const before = runs();
      for (let attempt = 0; attempt < 2; attempt++) {
        assert.throws(() => becomeOwner({ databasePath: path, ...options }), isDamage);
      }
      assert.deepEqual(runs(), before);
      assert.throws(() => Deno.statSync(`${path}.server.json`), Deno.errors.NotFound);
    }));
}
