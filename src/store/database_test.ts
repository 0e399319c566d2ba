import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { acquireOwnership } from "./ownership.ts";
import { openStore } from "./store.ts";

/** A folder of its own, gone afterwards. */
async function inFolder(work: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "tasker-store-" });
  try {
    await work(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function refusal(path: string): { code: string; message: string; hint: string } {
  try {
    openStore(path).close();
  } catch (error) {
    return error as { code: string; message: string; hint: string };
  }
  throw new Error("the file was opened");
}

const mode = (path: string) => (Deno.statSync(path).mode! & 0o777).toString(8);

Deno.test("the file, its WAL, its shared memory and the owner's file are for their user only, and so is a new folder", () =>
  inFolder((folder) => {
    const path = `${folder}/new/deeper/tasker.db`;
    const store = openStore(path);
    const ownership = acquireOwnership(path);
    assert.deepEqual(["", "-wal", "-shm", ".owner"].map((end) => mode(path + end)), ["600", "600", "600", "600"]);
    assert.deepEqual([mode(`${folder}/new`), mode(`${folder}/new/deeper`)], ["700", "700"]);
    ownership!.release();
    store.close();
  }));

Deno.test("a file that is not there is made, unless it must not be", () =>
  inFolder((folder) => {
    const path = `${folder}/tasker.db`;
    assert.throws(() => openStore(path, { create: false }), { code: "NOT_FOUND" });
    assert.throws(() => Deno.statSync(path), Deno.errors.NotFound);
    openStore(path).close();
    openStore(path, { create: false }).close();
  }));

Deno.test("files that are unusable are refused with the reason, and keep every byte", () =>
  inFolder((folder) => {
    const good = `${folder}/good.db`;
    openStore(good).close();
    const bytes = Deno.readFileSync(good);
    const newer = `${folder}/newer.db`;
    Deno.writeFileSync(newer, bytes);
    const db = new DatabaseSync(newer);
    db.exec("PRAGMA user_version = 99");
    db.close();
    const foreign = `${folder}/foreign.db`;
    const other = new DatabaseSync(foreign);
    other.exec("CREATE TABLE notes (text)");
    other.close();
    const torn = bytes.slice();
    torn.fill(0xab, 100, 4096);
    Deno.writeFileSync(`${folder}/torn.db`, torn);
    Deno.writeTextFileSync(`${folder}/garbage.db`, "no database at all, just text ".repeat(500));
    Deno.writeFileSync(`${folder}/cut.db`, bytes.slice(0, 5_000));
    const reasons: Record<string, RegExp> = {
      newer: /written by a newer tasker \(file version 99, this program knows \d+\)/,
      foreign: /is a SQLite file, but not one of tasker's/,
      torn: /cannot be used: .*(malformed|failed to prepare)/,
      garbage: /cannot be used: .*not a database/,
      cut: /cannot be used: .*(malformed|failed to prepare)/,
    };
    for (const [name, reason] of Object.entries(reasons)) {
      const path = `${folder}/${name}.db`;
      const before = Deno.readFileSync(path);
      const error = refusal(path);
      assert.equal(error.code, "DATABASE_UNUSABLE", name);
      assert.match(error.message, reason, name);
      assert.match(error.hint, /left as it (is|was)/, name);
      assert.deepEqual(Deno.readFileSync(path), before, name);
    }
    Deno.mkdirSync(`${folder}/folder.db`);
    assert.equal(refusal(`${folder}/folder.db`).code, "DATABASE_UNUSABLE");
    Deno.writeTextFileSync(`${folder}/file`, "");
    assert.equal(refusal(`${folder}/file/tasker.db`).code, "DATABASE_UNUSABLE");
  }));

Deno.test("a file without a table, a column or an index that is needed is refused, and not kept open", () =>
  inFolder((folder) => {
    const path = `${folder}/tasker.db`;
    const damages = [
      ["DROP TABLE logs", "table logs"],
      ["DROP TABLE ledger", "table ledger"],
      ["ALTER TABLE task_runs DROP COLUMN deadline", "column task_runs.deadline"],
      ["DROP INDEX stack_runs_open", "index stack_runs_open"],
    ] as const;
    for (const [sql, part] of damages) {
      openStore(path).close();
      const db = new DatabaseSync(path);
      db.exec(sql);
      db.close();
      const { code, message, hint } = refusal(path);
      assert.equal(code, "DATABASE_UNUSABLE");
      assert.match(hint, /restore it from a backup/);
      assert.throws(() => Deno.statSync(`${path}-wal`), Deno.errors.NotFound, "it was closed");
      assert.equal(message, `${path} cannot be used: it has no ${part}`);
      Deno.removeSync(path);
    }
  }));

Deno.test("a statement that the file turns out not to have the tables for is told of when it is used", () =>
  inFolder((folder) => {
    const store = openStore(`${folder}/tasker.db`);
    const statement = store.db.prepare("SELECT * FROM nothing");
    assert.throws(() => statement.all(), {
      code: "DATABASE_UNUSABLE",
      message: /tasker\.db does not have the tables that this program needs: /,
    });
    store.close();
  }));

Deno.test("an empty file becomes a database", () =>
  inFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/tasker.db`, "");
    openStore(`${folder}/tasker.db`).close();
    openStore(`${folder}/tasker.db`).close();
  }));

Deno.test("processes that make the same file at the same time all find it whole", () =>
  inFolder(async (folder) => {
    const path = `${folder}/tasker.db`;
    const code = `import { openStore } from ${JSON.stringify(import.meta.resolve("./store.ts"))};
      const store = openStore(${JSON.stringify(path)});
      store.owner.take(1, 1);
      store.close();`;
    const children = Array.from({ length: 8 }, () =>
      new Deno.Command(Deno.execPath(), { args: script(code), stderr: "piped" }).output());
    for (const { success, stderr } of await Promise.all(children)) {
      assert.ok(success, new TextDecoder().decode(stderr));
    }
    const store = openStore(path);
    assert.equal(store.owner.epoch(), 8);
    store.close();
  }));

/** Arguments that make a Deno of its own run a module's text, with this project's configuration. */
function script(code: string): string[] {
  const config = new URL("../../deno.json", import.meta.url).pathname;
  return ["run", "-A", "--no-lock", "--config", config, `data:application/typescript,${encodeURIComponent(code)}`];
}

Deno.test("one process owns a file at a time, and a kill -9 frees it", () =>
  inFolder(async (folder) => {
    const path = `${folder}/tasker.db`;
    openStore(path).close();
    const code = `import { acquireOwnership } from ${JSON.stringify(import.meta.resolve("./ownership.ts"))};
      const ownership = acquireOwnership(${JSON.stringify(path)});
      console.log(ownership === undefined ? "refused" : "owner");
      await new Promise(() => setInterval(() => {}, 1000));`;
    const child = new Deno.Command(Deno.execPath(), { args: script(code), stdout: "piped" }).spawn();
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    assert.equal((await reader.read()).value, "owner\n");
    assert.equal(acquireOwnership(path), undefined);
    assert.equal(acquireOwnership(path), undefined);
    child.kill("SIGKILL");
    await child.status;
    await reader.cancel();
    const ownership = acquireOwnership(path);
    assert.notEqual(ownership, undefined);
    ownership!.release();
    ownership!.release();
    acquireOwnership(path)!.release();
  }));

Deno.test("a full disk is DATABASE_UNUSABLE, nothing committed is lost, and there is room again when it is freed", () =>
  inFolder(async (folder) => {
    // A limit on the size of files stands for a small disk: it needs no rights.
    const path = `${folder}/tasker.db`;
    const code = `import { openStore } from ${JSON.stringify(import.meta.resolve("./store.ts"))};
      const store = openStore(${JSON.stringify(path)});
      const text = "x".repeat(10_000);
      let committed = 0;
      try {
        for (;;) {
          store.db.transaction(() => {
            store.logs.append({ run: null, at: committed, level: "info", source: "engine", text });
            store.db.savepoint(() => store.logs.append({ run: null, at: committed, level: "info", source: "engine", text }));
          });
          committed++;
        }
      } catch (error) {
        console.log(JSON.stringify({ committed, code: error.code, message: error.message, hint: error.hint, inTransaction: store.db.inTransaction }));
      }
      try { store.close(); } catch {}`;
    // SIGXFSZ is ignored, so that a write over the limit is an error and no death.
    const shell = `trap '' XFSZ; ulimit -f 2000; exec "$0" "$@"`;
    const { stdout, stderr } = await new Deno.Command("bash", { args: ["-c", shell, Deno.execPath(), ...script(code)] })
      .output();
    const text = new TextDecoder().decode(stdout);
    assert.notEqual(text, "", new TextDecoder().decode(stderr));
    const report = JSON.parse(text);
    assert.equal(report.code, "DATABASE_UNUSABLE");
    assert.ok(report.committed > 10);
    assert.equal(report.inTransaction, false);
    const store = openStore(path);
    assert.equal(store.logs.page({ after: 0, limit: 100_000 }).length, report.committed * 2);
    store.db.transaction(() => store.logs.append({ run: null, at: 0, level: "info", source: "engine", text: "more" }));
    assert.equal(Object.values(store.db.prepare("PRAGMA integrity_check").get()!)[0], "ok");
    store.close();
  }));
