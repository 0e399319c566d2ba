import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { canonicalJson, type Json, whyUnrecordable } from "./json.ts";

const nested = (depth: number): Json => {
  let value: Json = 1;
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value, b: [] };
  return value;
};

Deno.test("what is called too deep is what SQLite calls too deep", () => {
  const db = new DatabaseSync(":memory:");
  const isValid = db.prepare("SELECT json_valid(?) AS valid");
  for (const depth of [0, 1, 999, 1_000, 1_001, 2_000]) {
    const { valid } = isValid.get(JSON.stringify(nested(depth)))!;
    assert.equal(whyUnrecordable(nested(depth)) === undefined, valid === 1, `${depth}`);
  }
  db.close();
  assert.match(whyUnrecordable(nested(200_000))!, /too deep/);
});

Deno.test("a number that JSON text can spell and JSON cannot hold is told of, wherever it stands", () => {
  for (const text of ["1e400", "[-1e999]", '{"a":[{"__proto__":1e400}]}']) {
    assert.match(whyUnrecordable(JSON.parse(text))!, /number/, text);
  }
  for (const text of ["1e308", "-0", '{"__proto__":{"a":[null,true,"x"]}}', "[]"]) {
    assert.equal(whyUnrecordable(JSON.parse(text)), undefined, text);
  }
});

Deno.test("canonical JSON sorts the keys of every object, keeps the order of arrays, and parses back to the same value", () => {
  const value = { b: [2, { z: null, a: "ü\n" }], a: { y: true, x: -0.5 }, "": {} };
  assert.equal(canonicalJson(value), '{"":{},"a":{"x":-0.5,"y":true},"b":[2,{"a":"ü\\n","z":null}]}');
  assert.deepEqual(JSON.parse(canonicalJson(value)), value);
  assert.notEqual(canonicalJson([1, 2]), canonicalJson([2, 1]));
});
