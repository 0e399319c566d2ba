import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { Json } from "../../core/json.ts";
import { decodeValue, encodeValue } from "./values.ts";

Deno.test("every JSON value comes back from a column as it went in", () => {
  const db = new DatabaseSync(":memory:");
  db.exec("CREATE TABLE t (v)");
  const values: Json[] = [
    null,
    true,
    false,
    0,
    1,
    -1,
    1.5,
    2 ** 53,
    1e300,
    5e-324,
    "",
    "text",
    "true",
    "null",
    '{"a":1}',
  ];
  values.push("with\0NUL", "half \ud83d pair", "😀", "007", "1e3", {}, [], { a: [null, { b: "\0" }] }, [[], [{}]]);
  for (const value of values) {
    const { v } = db.prepare("INSERT INTO t VALUES (?) RETURNING v").get(encodeValue(value)) as { v: unknown };
    assert.deepEqual(decodeValue(v), value, JSON.stringify(value));
  }
  db.close();
});

Deno.test("equal objects are equal bytes whatever the order of their keys, and false sorts before true", () => {
  assert.deepEqual(encodeValue({ a: 1, b: { d: 2, c: 3 } }), encodeValue({ b: { c: 3, d: 2 }, a: 1 }));
  const db = new DatabaseSync(":memory:");
  const { less } = db.prepare("SELECT ? < ? AS less").get(encodeValue(false), encodeValue(true)) as { less: number };
  assert.equal(less, 1);
  db.close();
});
