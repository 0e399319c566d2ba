import assert from "node:assert/strict";
import type { Json } from "../core/json.ts";
import { withRuns } from "./kept_runs_for_tests.ts";
import { RecordTables } from "./record_tables.ts";
import type { Store } from "./store.ts";

function ask(store: Store, sql: string): Json[] {
  using tables = new RecordTables(store.records, 1);
  return [...tables.ask(sql).rows()];
}

Deno.test("each kind of a run is a table, with a column for every member that any row has", () => {
  const kinds = {
    message: [{ from: "ann", size: 3, labels: ["a", "b"] }, { from: "bob", 'it\'s "so" \\': true, seq: "own" }],
    Message: [{ x: 1 }],
    sqlite_x: [7, "text", { a: 1 }],
  };
  withRuns([kinds, { message: [{ other: "run" }] }], (store) => {
    using tables = new RecordTables(store.records, 1);
    assert.deepEqual(
      tables.list().map(({ name, columns, rows }) => [name, columns, rows]),
      [
        ["Message", ["x", "seq"], 1],
        ["message_", ["from", "size", "labels", 'it\'s "so" \\', "seq", "seq:1"], 2],
        ["_sqlite_x", ["value", "a", "seq"], 3],
      ],
    );
    assert.deepEqual(
      ask(store, `SELECT "from", "it's ""so"" \\" AS so, (SELECT count(*) FROM json_each(labels)) AS n FROM message_`),
      [{ from: "ann", so: null, n: 2 }, { from: "bob", so: 1, n: 0 }],
    );
    assert.deepEqual(ask(store, "SELECT value, a FROM _sqlite_x"), [
      { value: 7, a: null },
      { value: "text", a: null },
      { value: null, a: 1 },
    ]);
  });
});

Deno.test("columns keep their order and their names apart, and values JSON's limits", () => {
  withRuns([{ row: [{ n: 1 }] }], (store) => {
    using tables = new RecordTables(store.records, 1);
    const { columns, rows } = tables.ask(
      "SELECT 'z' AS z, 'y' AS \"1\", 1 AS z, 9007199254740993 AS big, 9e999 AS most, x'00ff' AS bytes -- and so on",
    );
    assert.deepEqual(columns, ["z", "1", "z:1", "big", "most", "bytes"]);
    assert.deepEqual([...rows()], [
      { z: "z", "1": "y", "z:1": 1, big: "9007199254740993", most: "Infinity", bytes: "00ff" },
    ]);
    using empty = new RecordTables(store.records, 1);
    const none = empty.ask("SELECT n FROM row WHERE n > 1;");
    assert.deepEqual([none.columns, [...none.rows()]], [["n"], []]);
  });
});

Deno.test("nothing but the run's own rows can be reached, and nothing changed", () => {
  withRuns([{ row: [{ n: 1 }] }, { row: [{ n: "another run's" }] }], (store) => {
    const path = store.db.path;
    const hostile = [
      "SELECT * FROM keystore",
      "SELECT * FROM main.keystore",
      "SELECT * FROM records",
      "SELECT * FROM task_runs",
      `ATTACH '${path}' AS file`,
      "DETACH main",
      `VACUUM INTO '${path}.copy'`,
      "PRAGMA database_list",
      "SELECT * FROM pragma_database_list",
      "SELECT * FROM pragma_function_list()",
      "SELECT load_extension('/tmp/x')",
      "SELECT fts3_tokenizer('simple')",
      "SELECT * FROM dbstat",
      "SELECT readfile('/etc/passwd')",
      "DELETE FROM row",
      'DELETE FROM "rows of row"',
      "WITH gone AS (SELECT 1) DELETE FROM row",
      "INSERT INTO row VALUES (1) RETURNING *",
      "CREATE TABLE x (y)",
      "BEGIN",
      "COMMIT",
      "EXPLAIN SELECT 1",
      `SELECT 1; ATTACH '${path}' AS file`,
      `SELECT 1; /* ; */ DELETE FROM row`,
      `SELECT 1 /* ; */; -- ;\n SELECT * FROM keystore`,
      "SELECT ?1",
      "SELECT :name",
      "",
      ";",
      "-- nothing",
      "nonsense",
      "SELECT abs(-9223372036854775807 - 1)",
      "SELECT n FROM row UNION ALL SELECT json_extract('{', '$') FROM row",
    ];
    for (const sql of hostile) {
      assert.throws(() => ask(store, sql), { name: "TaskerError", code: "USAGE" }, sql);
    }
    assert.throws(() => ask(store, "SELECT nope FROM row"), /no such column: nope$/);
    assert.throws(() => ask(store, "SELECT * FROM nope"), /no such table: nope$/);
    assert.throws(() => ask(store, "DELETE FROM row"), /near "DELETE": syntax error$/);
    assert.throws(() => ask(store, "SELECT 1; SELECT 2"), /more than one statement/);
    assert.deepEqual(ask(store, "SELECT n FROM row"), [{ n: 1 }]);
    // Of the kinds, those that are spoken of.
    assert.deepEqual(ask(store, "SELECT name FROM sqlite_schema -- row"), [
      { name: "rows of row" },
      { name: "row" },
      { name: "the answer" },
      { name: "rows of the answer" },
    ]);
    assert.throws(() => Deno.statSync(`${path}.copy`), Deno.errors.NotFound);
  });
});
