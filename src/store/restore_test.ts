import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { backUp } from "./backup.ts";
import { openStore, type Store } from "./store.ts";
import { replaceDatabase, takeBackup } from "./restore.ts";

async function inFolder(work: (folder: string, store: Store) => void): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tasker-store-" });
  const store = openStore(`${folder}/tasker.db`);
  try {
    store.keystore.put({ namespace: "default", name: "A", sealed: new Uint8Array([0, 1, 255]), now: 2 ** 40 });
    store.db.exec(`
      CREATE TABLE t_own (id INTEGER PRIMARY KEY AUTOINCREMENT, "a b" UNIQUE, "1", "0");
      INSERT INTO t_own ("a b", "1", "0") VALUES ('x', 9007199254740993, NULL), ('y', 1.5, x'00ff'), ('z', 3, 4);
      DELETE FROM t_own WHERE id = 3`);
    work(folder, store);
  } finally {
    store.close();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a backup has every row, number, index and trigger, and the ids that were given", async () => {
  await inFolder((folder, store) => {
    store.audit.append({ event: "first" }, 1);
    const { rows } = backUp(store, `${folder}/backup.db`, { replace: false });
    assert.deepEqual([rows.t_own, rows.keystore, rows.audit], [2, 1, 1]);
    const all = (db: DatabaseSync | Store["db"], sql: string) => {
      const statement = db.prepare(sql);
      statement.setReadBigInts(true);
      return statement.all();
    };
    const copy = new DatabaseSync(`${folder}/backup.db`);
    try {
      for (
        const sql of [
          "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY name",
          ...["t_own", "keystore", "audit", "sqlite_sequence", "owner"].map((table) => `SELECT * FROM ${table}`),
          "PRAGMA user_version",
          "PRAGMA application_id",
        ]
      ) assert.deepEqual(all(copy, sql), all(store.db, sql), sql);
      assert.throws(() => copy.exec("DELETE FROM audit"), /nothing is deleted/);
    } finally {
      copy.close();
    }
  });
});

Deno.test("what is no sound backup of this tasker or an older one is refused, and nothing is left behind", async () => {
  await inFolder((folder, store) => {
    const sound = `${folder}/sound.db`;
    backUp(store, sound, { replace: false });
    const changed = (name: string, sql: string) => {
      Deno.copyFileSync(sound, `${folder}/${name}`);
      const db = new DatabaseSync(`${folder}/${name}`);
      db.exec(sql);
      db.close();
    };
    changed("newer.db", "PRAGMA user_version = 999");
    changed("other.db", "PRAGMA application_id = 1");
    Deno.writeTextFileSync(`${folder}/text.db`, "no database at all");
    Deno.copyFileSync(sound, `${folder}/cut.db`);
    Deno.truncateSync(`${folder}/cut.db`, 20_000);
    Deno.writeTextFileSync(`${folder}/empty.db`, "");
    const before = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    for (
      const [file, message] of [
        ["newer.db", /written by a newer tasker/],
        ["other.db", /not one of tasker's/],
        ["text.db", /not a database/],
        ["cut.db", /malformed|damaged|unable/],
        ["empty.db", /is empty/],
        ["none.db", /there is no file/],
      ] as const
    ) assert.throws(() => takeBackup(`${folder}/${file}`, store.db.path), { name: "TaskerError", message }, file);
    assert.throws(() => backUp(store, sound, { replace: false }), { code: "CONFLICT" });
    assert.throws(() => backUp(store, store.db.path, { replace: true }), { code: "USAGE" });
    assert.throws(() => backUp(store, `${folder}/none/backup.db`, { replace: false }), /cannot be written/);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), before);
  });
});

Deno.test("a database that somebody has open is not replaced; a damaged one is kept with its log", async () => {
  await inFolder((folder, store) => {
    const backup = `${folder}/backup.db`;
    backUp(store, backup, { replace: false });
    const path = `${folder}/second.db`;
    const reader = openStore(path);
    assert.throws(() => replaceDatabase(path, takeBackup(backup, path), `${path}.old`), { code: "DATABASE_BUSY" });
    reader.close();
    Deno.writeTextFileSync(path, "damaged".repeat(1_000));
    Deno.writeTextFileSync(`${path}-wal`, "its log");
    Deno.removeSync(`${path}.${Deno.pid}.part`);
    replaceDatabase(path, takeBackup(backup, path), `${path}.old`);
    assert.equal(Deno.readTextFileSync(`${path}.old-wal`), "its log");
    const restored = openStore(path, { create: false });
    assert.equal(restored.keystore.list("default").length, 1);
    restored.close();
  });
});
