import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { openStore } from "../store.ts";
import { makeTables } from "./migrations.ts";

/** A statement in parts, without comments, the spaces between its words, and the quotes that ALTER TABLE leaves. */
const bare = (sql: string) =>
  sql.replace(/--.*/g, "").replace(/\s+/g, " ").replace(/ ?([(),]) ?/g, "$1")
    .replace(/^CREATE TABLE "(\w+)"/, "CREATE TABLE $1").split(",");

/** All that a file has: its statements by name; columns, keys and indexes of each table in their order, and rows; pragmas. */
function contentOf(path: string) {
  openStore(path, { keepOlder: false }).close();
  const db = new DatabaseSync(path);
  try {
    const all = (sql: string) => db.prepare(sql).all().map((row) => ({ ...row }));
    const objects = all("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name");
    const named = objects.map(({ type, name, tbl_name, sql }) => [`${type} ${name} of ${tbl_name}`, bare(String(sql))]);
    const tables = objects.filter(({ type }) => type === "table").map(({ name }) => ({
      name,
      columns: all(`PRAGMA table_xinfo(${name})`),
      keys: all(`PRAGMA foreign_key_list(${name})`),
      indexes: all(`PRAGMA index_list(${name})`).map((index) => [index, all(`PRAGMA index_xinfo(${index.name})`)]),
      rows: all(`SELECT * FROM ${name}`),
    }));
    const pragmas = ["application_id", "user_version", "journal_mode", "page_size", "encoding", "auto_vacuum"];
    return {
      statements: Object.fromEntries(named),
      tables,
      pragmas: pragmas.map((name) => all(`PRAGMA ${name}`)),
    };
  } finally {
    db.close();
  }
}

Deno.test("a new file has all that the migrations make of an older one, and nothing else", () => {
  const folder = Deno.makeTempDirSync({ prefix: "tasker-store-" });
  try {
    const old = new DatabaseSync(`${folder}/old.db`);
    makeTables(old, 1);
    old.exec("PRAGMA application_id = 0x7461736b; PRAGMA user_version = 1");
    old.close();
    const [made, migrated] = [contentOf(`${folder}/new.db`), contentOf(`${folder}/old.db`)];
    assert.deepEqual(made.statements, migrated.statements);
    assert.deepEqual(made, migrated);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
